//! Key pairs on a token, and signing with one of them.

use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use yichuan_document::key::PublicKey;

use super::sessions::Trouble;
use super::{KeyOnToken, TokenFailed, TokenName};

/// Ed25519 as tokens name it: the OID of RFC 8410, or the name that PKCS#11 3.0 had at first.
const CURVES: [&[u8]; 2] = [b"\x06\x03\x2b\x65\x70", b"\x13\x0cedwards25519"];

/// Makes a pair; what the token would give out again, or what has no key in it, is removed.
pub(super) fn make_pair(
    session: &Session,
    token: &TokenName,
    id: &[u8],
    label: &str,
) -> Result<PublicKey, Trouble> {
    // An attempt that was cut off may have left a pair of this id.
    for stale in session.find_objects(&[Attribute::Id(id.to_vec())])? {
        session.destroy_object(stale)?;
    }
    let (public, private) = generate_pair(session, id, label)?;
    let made = guarded(session, private, token)
        .and_then(|()| read_public(session, public, token).map_err(Trouble::from));
    if made.is_err() {
        for half in [private, public] {
            // It serves nobody, since nobody hears of it.
            let _ = session.destroy_object(half);
        }
    }
    made
}

fn generate_pair(
    session: &Session,
    id: &[u8],
    label: &str,
) -> Result<(ObjectHandle, ObjectHandle), Error> {
    let named = [
        Attribute::Token(true),
        Attribute::Id(id.to_vec()),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    let private = [
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ];
    let private = [named.as_slice(), &private].concat();
    let mut outcome = Err(Error::NotSupported);
    for curve in CURVES {
        let public = [
            Attribute::Private(false),
            Attribute::Verify(true),
            Attribute::EcParams(curve.to_vec()),
        ];
        let public = [named.as_slice(), &public].concat();
        outcome = session.generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &public, &private);
        let other_curve_name = matches!(
            outcome,
            Err(Error::Pkcs11(
                RvError::CurveNotSupported
                    | RvError::DomainParamsInvalid
                    | RvError::AttributeValueInvalid
                    | RvError::TemplateInconsistent
                    | RvError::GeneralError
                    | RvError::FunctionFailed,
                _
            ))
        );
        if !other_curve_name {
            break;
        }
    }
    outcome
}

/// Refuses a private key that the token would give out.
fn guarded(session: &Session, private: ObjectHandle, token: &TokenName) -> Result<(), Trouble> {
    let asked = [AttributeType::Sensitive, AttributeType::Extractable];
    let told = session.get_attributes(private, &asked)?;
    let stays =
        told.contains(&Attribute::Sensitive(true)) && told.contains(&Attribute::Extractable(false));
    if stays {
        Ok(())
    } else {
        let token = token.clone();
        Err(Trouble::Other(TokenFailed::NotGuarded { token }))
    }
}

fn read_public(
    session: &Session,
    public: ObjectHandle,
    token: &TokenName,
) -> Result<PublicKey, TokenFailed> {
    let told = session.get_attributes(public, &[AttributeType::EcPoint]);
    let told = told.map_err(|error| TokenFailed::device(&error))?;
    let point = told.into_iter().find_map(|attribute| match attribute {
        Attribute::EcPoint(point) => raw_point(&point),
        _ => None,
    });
    let key = point.and_then(|point| PublicKey::ed25519(point).ok());
    key.ok_or_else(|| TokenFailed::BadPublicKey {
        token: token.clone(),
    })
}

/// The 32 bytes of a public key, as tokens give them: bare, or as a DER OCTET STRING or BIT STRING.
fn raw_point(given: &[u8]) -> Option<[u8; 32]> {
    let bare = match given.len() {
        34 => given.strip_prefix(b"\x04\x20")?,
        35 => given.strip_prefix(b"\x03\x21\x00")?,
        _ => given,
    };
    bare.try_into().ok()
}

/// Signs with a private key, which must be the only one of its id.
pub(super) fn sign_once(
    session: &Session,
    key: &KeyOnToken,
    message: &[u8],
) -> Result<[u8; 64], Trouble> {
    let wanted = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::KeyType(KeyType::EC_EDWARDS),
        Attribute::Id(key.id.to_vec()),
    ];
    let found = session.find_objects(&wanted)?;
    let [private] = found.as_slice() else {
        // Some libraries show an empty token for one that was taken out.
        return Err(Trouble::Lost(TokenFailed::NoSuchKey {
            token: key.token.clone(),
            found: found.len(),
        }));
    };
    let pure = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519));
    let signature = session.sign(&pure, *private, message)?;
    let given = signature.len();
    signature.try_into().map_err(|_| {
        Trouble::Other(TokenFailed::Device {
            what: format!("a signature of {given} bytes"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a4_a_public_key_is_taken_in_three_forms_and_no_other() {
        let key = [7; 32];
        let with = |front: &[u8]| [front, &key].concat();
        for front in [&b""[..], b"\x04\x20", b"\x03\x21\x00"] {
            assert_eq!(raw_point(&with(front)), Some(key), "{front:?}");
        }
        for bad in [
            Vec::new(),
            with(b"\x04"),
            with(b"\x04\x21"),
            with(b"\x03\x20"),
            with(b"\x03\x21\x01"),
            with(b"\x04\x81\x20"),
            with(b"\x30\x20"),
            key[1..].to_vec(),
        ] {
            assert_eq!(raw_point(&bad), None, "{bad:?}");
        }
    }
}
