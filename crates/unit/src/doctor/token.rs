//! Whether the tokens on which keys of this computer are can be used.

use std::collections::BTreeSet;
use std::path::Path;

use yichuan_document::AccountId;

use super::{Finding, Mark};
use crate::enrol::keystore_path;
use crate::keystore::{self, OnToken};
use crate::lang::say;
use crate::token::{Module, PinState, TokenFailed};

/// A finding for each token that a keystore of the home names; none where all keys are in files.
pub fn tokens_found(home: &Path, accounts: &[AccountId], module: Option<&Path>) -> Vec<Finding> {
    let named: BTreeSet<OnToken> = accounts
        .iter()
        // A keystore that cannot be read is told by whoever opens it.
        .filter_map(|account| keystore::tokens_of(&keystore_path(home, account)).ok())
        .flatten()
        .collect();
    named
        .iter()
        .map(|on| token_found(on, module.unwrap_or(Path::new(&on.module))))
        .collect()
}

fn token_found(on: &OnToken, module: &Path) -> Finding {
    let seen = Module::open(module).and_then(|module| module.find(&on.token.serial));
    let (mark, words, cure) = match seen.map(|seen| seen.pin) {
        Ok(PinState::Good) => (Mark::Good, say("已插入", "in its slot").to_owned(), ""),
        Ok(PinState::Low) => (
            Mark::Warning,
            say("PIN 近期输错过", "its PIN was wrong lately").to_owned(),
            say("核对 PIN 后再试", "look the PIN up before you try again"),
        ),
        Ok(PinState::Final) => (
            Mark::Warning,
            say("PIN 再错一次即锁定", "one more wrong PIN locks it").to_owned(),
            say("核对 PIN 后再试", "look the PIN up before you try again"),
        ),
        Ok(PinState::Locked) => (
            Mark::Bad,
            say("PIN 已锁定", "its PIN is locked").to_owned(),
            say(
                "由加密狗管理员（SO PIN）解锁",
                "have its security officer unlock it",
            ),
        ),
        Ok(PinState::Unset) => (
            Mark::Bad,
            say("PIN 未设置", "its PIN was never set").to_owned(),
            say("用厂商工具设置 PIN", "set its PIN with its maker's program"),
        ),
        Err(TokenFailed::NotThere { .. }) => (
            Mark::Bad,
            say("未插入", "not in a slot").to_owned(),
            say("插好加密狗", "put it in"),
        ),
        Err(why) => (
            Mark::Bad,
            why.to_string(),
            say(
                "检查 --token-module 和厂商驱动",
                "look at --token-module and the maker's driver",
            ),
        ),
    };
    Finding {
        id: "token",
        what: say("加密狗", "token"),
        mark,
        found: format!("{}: {words}", on.token),
        cure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::TokenName;

    #[test]
    fn a_token_whose_library_is_missing_is_a_hindrance() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(tokens_found(folder.path(), &[], None), []);
        let on = OnToken {
            token: TokenName {
                label: "州办一号".to_owned(),
                serial: "0001".to_owned(),
            },
            module: String::new(),
        };
        let found = token_found(&on, &folder.path().join("none.so"));
        assert_eq!((found.mark, found.cure.is_empty()), (Mark::Bad, false));
        assert!(found.found.contains("州办一号"), "{}", found.found);
    }
}
