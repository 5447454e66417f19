//! The coded reasons. `proto/seal.md` lists them; a test compares.

use super::finding::Weight;

/// Declares the codes with step, weight and words, so that none can lack one of them.
macro_rules! codes {
    ($(
        $(#[$doc:meta])*
        $name:ident $id:literal $step:literal $weight:ident
            $zh:literal
            $en:literal;
    )*) => {
        /// A reason. The words after `SES-` are stable; the first digits are the step.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as it is shown, such as `SES-401`.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// The step of the verification that found it; 0 is the reading.
            pub const fn step(self) -> u8 {
                match self { $(Self::$name => $step,)* }
            }

            /// What it does to the verdict.
            pub const fn weight(self) -> Weight {
                match self { $(Self::$name => Weight::$weight,)* }
            }

            /// What it says, in Chinese.
            pub const fn chinese(self) -> &'static str {
                match self { $(Self::$name => $zh,)* }
            }

            /// What it says, in English.
            pub const fn english(self) -> &'static str {
                match self { $(Self::$name => $en,)* }
            }
        }
    };
}

codes! {
    /// Not an SES structure.
    Unreadable "SES-001" 0 Wrong
        "签章数据不符合 SES 结构"
        "this is not an SES structure";
    /// A version that this release does not know.
    UnknownVersion "SES-002" 0 NotCheckable
        "签章数据的版本未知"
        "the SES version is unknown";
    /// Written otherwise than the standard says, as products do.
    Deviates "SES-003" 0 Note
        "写法与标准不同，不影响验证"
        "written otherwise than the standard says, without harm";
    /// A critical extension that is not understood.
    CriticalExtension "SES-004" 0 Open
        "含有本程序不理解的关键扩展"
        "a critical extension is not understood here";
    /// No place for the signature of this kind was found: for the reader of the container.
    NoValue "SES-101" 1 Wrong
        "文件中缺少签章值"
        "the file has no value of this signature";
    /// The signer names another range than the one that was found: for the reader of the container.
    PropertyDiffers "SES-102" 1 Note
        "签章所述的保护范围与文件不同"
        "the signer names another range than the file has";
    /// A protected file is not the one that was sealed.
    ReferenceDiffers "SES-201" 2 Wrong
        "被保护的文件内容已改动"
        "a protected file was changed after sealing";
    /// A protected file is gone.
    ReferenceMissing "SES-202" 2 Wrong
        "被保护的文件不存在"
        "a protected file is missing";
    /// A digest by an algorithm that is not known, or with a key.
    ReferenceNotCheckable "SES-203" 2 NotCheckable
        "被保护文件的摘要算法无法核对"
        "the digest of a protected file cannot be recomputed";
    /// The digest is not that of what was sealed.
    DataHashDiffers "SES-301" 3 Wrong
        "原文摘要不一致，被签内容已改动"
        "the digest differs: what was sealed was changed";
    /// There was nothing to compare with.
    DataHashNotGiven "SES-302" 3 NotCheckable
        "没有原文，无法核对摘要"
        "there is no original to compare the digest with";
    /// The signer's key did not make it.
    SignatureWrong "SES-401" 4 Wrong
        "签章的 SM2 签名不正确"
        "the SM2 signature is wrong";
    /// Another algorithm than SM2 with SM3.
    SignatureAlgorithm "SES-402" 4 NotCheckable
        "签名算法未知"
        "the signature algorithm is unknown";
    /// The certificate has no SM2 key.
    SignerKey "SES-403" 4 NotCheckable
        "签章人证书的密钥不是 SM2 密钥"
        "the signer's certificate has no SM2 key";
    /// The certificate cannot be read.
    SignerUnreadable "SES-404" 4 NotCheckable
        "签章人证书无法解析"
        "the signer's certificate cannot be read";
    /// The certificate has a point that is not on the curve.
    SignerPoint "SES-405" 4 Wrong
        "签章人证书的公钥不在 SM2 曲线上"
        "the signer's key is not on the SM2 curve";
    /// A message without a seal does not contain its signer's certificate.
    SignerMissing "SES-406" 4 NotCheckable
        "签名中没有签名人证书"
        "the signer's certificate is not in the message";
    /// The certificate is not in the seal's list.
    SignerNotListed "SES-501" 5 Wrong
        "签章人证书不在印章的证书列表中"
        "the signer's certificate is not in the seal's list";
    /// The list has digests by an algorithm that is not known.
    ListNotCheckable "SES-502" 5 NotCheckable
        "印章证书列表的摘要算法未知"
        "the seal lists digests of an unknown algorithm";
    /// The maker's key did not make the seal's signature.
    MakerSignatureWrong "SES-601" 6 Wrong
        "印章的制章人签名不正确"
        "the seal's signature by its maker is wrong";
    /// Another algorithm than SM2 with SM3.
    MakerAlgorithm "SES-602" 6 NotCheckable
        "制章人签名算法未知"
        "the maker's signature algorithm is unknown";
    /// The certificate has no SM2 key.
    MakerKey "SES-603" 6 NotCheckable
        "制章人证书的密钥不是 SM2 密钥"
        "the maker's certificate has no SM2 key";
    /// The certificate cannot be read.
    MakerUnreadable "SES-604" 6 NotCheckable
        "制章人证书无法解析"
        "the maker's certificate cannot be read";
    /// The certificate has a point that is not on the curve.
    MakerPoint "SES-605" 6 Wrong
        "制章人证书的公钥不在 SM2 曲线上"
        "the maker's key is not on the SM2 curve";
    /// Signed before or after the seal's time.
    OutsideSealPeriod "SES-701" 7 Wrong
        "签章时间不在印章有效期内"
        "signed outside the time of the seal";
    /// The seal's time is over by now.
    SealOver "SES-702" 7 Note
        "印章现已过期，签章时仍有效"
        "the seal has ended since it was used";
    /// Signed before or after the certificate's time.
    OutsideSignerPeriod "SES-703" 7 Wrong
        "签章时间不在签章人证书有效期内"
        "signed outside the time of the signer's certificate";
    /// The certificate's time is over by now.
    SignerOver "SES-704" 7 Note
        "签章人证书现已过期，签章时仍有效"
        "the signer's certificate has ended since it was used";
    /// The seal was made before or after the time of its maker's certificate.
    OutsideMakerPeriod "SES-705" 7 Wrong
        "制章时间不在制章人证书有效期内"
        "the seal was made outside the time of its maker's certificate";
    /// The certificate's key may not sign.
    SignerUsage "SES-706" 7 Wrong
        "签章人证书不得用于签名"
        "the signer's certificate is not for signing";
    /// The certificate's key may not sign.
    MakerUsage "SES-707" 7 Wrong
        "制章人证书不得用于签名"
        "the maker's certificate is not for signing";
    /// No way to an anchor.
    SignerNotTrusted "SES-708" 7 Open
        "签章人证书未能追溯到受信任的根"
        "the signer's certificate leads to no trusted root";
    /// No way to an anchor.
    MakerNotTrusted "SES-709" 7 Open
        "制章人证书未能追溯到受信任的根"
        "the maker's certificate leads to no trusted root";
    /// An issuer of that name is known, and did not sign it.
    SignerChainBroken "SES-710" 7 Wrong
        "签章人证书并非其所称的机构签发"
        "the signer's certificate is not by the issuer it names";
    /// An issuer of that name is known, and did not sign it.
    MakerChainBroken "SES-711" 7 Wrong
        "制章人证书并非其所称的机构签发"
        "the maker's certificate is not by the issuer it names";
    /// The signer's certificate was revoked before it was used.
    SignerRevoked "SES-712" 7 Wrong
        "签章时签章人证书已被吊销"
        "the signer's certificate was revoked when it was used";
    /// The maker's certificate was revoked before it was used.
    MakerRevoked "SES-713" 7 Wrong
        "制章时制章人证书已被吊销"
        "the maker's certificate was revoked when it was used";
    /// The seal was revoked before it was used.
    SealRevoked "SES-714" 7 Wrong
        "签章时印章已被吊销"
        "the seal was revoked when it was used";
    /// Something was revoked after it was used, as is proved.
    RevokedSince "SES-715" 7 Note
        "签章以后证书或印章被吊销，已证实签章在前"
        "a certificate or the seal was revoked since; that it was used before is proved";
    /// Something was revoked after the time that the signer claims.
    RevokedLater "SES-716" 7 Open
        "证书或印章已被吊销，签章在前仅凭自称"
        "a certificate or the seal was revoked, and only the signer says that it was used before";
    /// No list of what is revoked.
    RevocationUnknown "SES-717" 7 Open
        "没有吊销名单，未查吊销"
        "there is no list of revocations to look into";
    /// The time cannot be read.
    TimeUnknown "SES-718" 7 Open
        "签章时间无法识别"
        "the signing time cannot be read";
    /// Signed later than now.
    InTheFuture "SES-719" 7 Wrong
        "签章时间晚于当前时间"
        "signed in the future";
    /// The seal ends before it begins, or is used before it was made.
    MadeLater "SES-720" 7 Wrong
        "制章时间晚于签章时间"
        "the seal was made after it was used";
    /// The seal beside the signature is another one.
    SealFileDiffers "SES-801" 8 Wrong
        "所附印章文件与签章中的印章不同"
        "the seal's file is not the seal in the signature";
    /// There is a time stamp.
    TimeStampNotRead "SES-901" 9 Open
        "含有时间戳，未验证"
        "there is a time stamp, which was not verified";
    /// The container claims another time.
    TimesDiffer "SES-902" 9 Note
        "文件所记时间与签章时间不同，以签章为准"
        "the file tells another time; the signed one counts";
    /// Parts of the file are not protected.
    NotCovered "SES-1001" 10 Open
        "签章有效范围未覆盖文件的全部内容"
        "not all parts of the file are covered";
}
