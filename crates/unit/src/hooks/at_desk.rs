//! Hooks that are set at the desk. They stand in a file of their own beside the owner's, and can
//! only post: what a page can set must not run a program.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rand_core::Rng as _;
use zeroize::Zeroizing;

use super::address::Url;
use super::config::{KEY_BYTES, Written, WrittenHook, of_desk};
use super::queue::Queue;
use super::{BadHook, BadHooks, Config, Waiting, is_name, key_path};
use crate::home::replace;
use crate::unix;

/// The file, in the home.
pub(super) fn path(home: &Path) -> PathBuf {
    home.join("hooks").join("desk.toml")
}

/// A hook that posts, as it is set.
#[derive(Clone, Debug, Default)]
pub struct PostHook {
    /// Its name.
    pub name: String,
    /// Where to.
    pub post: String,
    /// The certificates that sign for an https address, a file.
    pub ca: Option<PathBuf>,
    /// The events that it wants; all where none is named.
    pub events: Vec<String>,
    /// Whom the events are for that it wants.
    pub audience: Vec<String>,
    /// The least urgency.
    pub urgency: Option<String>,
    /// How long it may take.
    pub timeout_seconds: Option<u64>,
}

/// The hooks that were set at the desk.
pub fn all(home: &Path) -> Result<Vec<PostHook>, BadHooks> {
    let hooks = of_desk(home)?.hook.into_iter();
    Ok(hooks
        .map(|it| PostHook {
            name: it.name,
            post: it.post.unwrap_or_default(),
            ca: it.ca,
            events: it.events,
            audience: it.audience,
            urgency: it.urgency,
            timeout_seconds: it.timeout_seconds,
        })
        .collect())
}

/// Sets a hook in place of one of its name, and gives its key where it had none. The address is
/// allowed with it, an inner one only where it is written as a number. Nothing is kept of what
/// would not hold together with everything else.
pub fn set(home: &Path, hook: &PostHook) -> Result<Option<Zeroizing<String>>, BadHooks> {
    let bad = |why| BadHooks::Hook {
        name: hook
            .name
            .chars()
            .filter(|sign| !sign.is_control())
            .collect(),
        why,
    };
    if !is_name(&hook.name) {
        return Err(bad(BadHook::Name));
    }
    Url::parse(&hook.post).ok_or_else(|| bad(BadHook::Url))?;
    let key = if key_path(home, &hook.name).exists() {
        None
    } else {
        Some(new_key(home, &hook.name)?)
    };
    let kept = keep(home, with(home, hook)?);
    if kept.is_err() && key.is_some() {
        // A key that nothing was set for is nobody's.
        std::fs::remove_file(key_path(home, &hook.name))?;
    }
    kept.map(|()| key)
}

fn with(home: &Path, hook: &PostHook) -> Result<Written, BadHooks> {
    let mut written = of_desk(home)?;
    written.hook.retain(|other| other.name != hook.name);
    written.hook.push(WrittenHook {
        name: hook.name.clone(),
        post: Some(hook.post.clone()),
        ca: hook.ca.clone(),
        events: hook.events.clone(),
        audience: hook.audience.clone(),
        urgency: hook.urgency.clone(),
        timeout_seconds: hook.timeout_seconds,
        ..WrittenHook::default()
    });
    Ok(written)
}

/// Removes a hook; tells whether it was there. Its key goes with it.
pub fn remove(home: &Path, name: &str) -> Result<bool, BadHooks> {
    let mut written = of_desk(home)?;
    let before = written.hook.len();
    written.hook.retain(|hook| hook.name != name);
    if written.hook.len() == before {
        return Ok(false);
    }
    keep(home, written)?;
    match std::fs::remove_file(key_path(home, name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(true),
    }
}

/// Keeps what was set, if it holds together; what may be reached is what is named.
fn keep(home: &Path, mut written: Written) -> Result<(), BadHooks> {
    let urls = written.hook.iter().filter_map(|hook| hook.post.as_deref());
    let urls = urls.filter_map(Url::parse);
    written.allow = urls.map(|url| url.authority()).collect();
    let text = toml::to_string(&written).map_err(|why| BadHooks::Unreadable(why.to_string()))?;
    Config::with_desk(written, home)?;
    unix::create_private_folder(&home.join("hooks"))?;
    Ok(replace(&path(home), text.as_bytes())?)
}

/// Makes a key for a hook, in place of the one that it had.
pub fn new_key(home: &Path, name: &str) -> io::Result<Zeroizing<String>> {
    if !is_name(name) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    unix::create_private_folder(&home.join("hooks"))?;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    crate::chance()?.fill_bytes(key.as_mut());
    let text = Zeroizing::new(data_encoding::HEXLOWER.encode(key.as_ref()));
    let path = key_path(home, name);
    let next = path.with_extension("next");
    match std::fs::remove_file(&next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = unix::create_private(&next)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&next, &path)?;
    unix::sync_folder(&home.join("hooks"))?;
    Ok(text)
}

/// What waits for a hook.
pub fn waiting(home: &Path, name: &str) -> io::Result<Waiting> {
    let folder = home.join("hooks").join("queue");
    if !folder.is_dir() {
        return Ok(Waiting::default());
    }
    Queue::open(&folder)?.waiting(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hooks::CONFIG;

    fn hook(name: &str, post: &str) -> PostHook {
        PostHook {
            name: name.to_owned(),
            post: post.to_owned(),
            ..PostHook::default()
        }
    }

    fn home() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_hook_is_set_once_changed_and_removed() {
        let home = home();
        let first = set(home.path(), &hook("oa", "http://10.1.2.3:8080/a")).unwrap();
        let key = first.expect("it had no key");
        assert_eq!(key.len(), 64);
        let changed = set(home.path(), &hook("oa", "http://10.1.2.3:8080/b")).unwrap();
        assert!(changed.is_none(), "the key stays");
        assert_ne!(
            *new_key(home.path(), "oa").unwrap(),
            *key,
            "a new one does not"
        );
        let config = Config::of(home.path()).unwrap().unwrap();
        assert_eq!(config.hooks().len(), 1);
        assert_eq!(all(home.path()).unwrap()[0].post, "http://10.1.2.3:8080/b");
        assert!(remove(home.path(), "oa").unwrap());
        assert!(!remove(home.path(), "oa").unwrap());
        assert!(!key_path(home.path(), "oa").exists());
        assert!(Config::of(home.path()).unwrap().is_none());
    }

    #[test]
    fn h4_what_is_set_at_the_desk_runs_nothing_and_names_what_it_reaches() {
        let home = home();
        for (name, post) in [
            ("oa", "file:///etc/passwd"),
            ("oa", "http://user@10.1.2.3/"),
            ("oa", "http://10.1.2.3:8080/\r\nX: y"),
            ("oa", "http://2130706433/"),
            ("oa", "https://10.1.2.3/"),
            ("../oa", "http://10.1.2.3:8080/"),
            ("", "http://10.1.2.3:8080/"),
            ("OA", "http://10.1.2.3:8080/"),
        ] {
            assert!(
                set(home.path(), &hook(name, post)).is_err(),
                "{name} {post}"
            );
            assert!(Config::of(home.path()).unwrap().is_none(), "{name} {post}");
            assert!(!key_path(home.path(), "oa").exists(), "{name} {post}");
        }
        set(home.path(), &hook("oa", "http://10.1.2.3:8080/")).unwrap();
        let text = std::fs::read_to_string(path(home.path())).unwrap();
        let command = text.replace(
            "post = \"http://10.1.2.3:8080/\"",
            "command = [\"/bin/sh\"]",
        );
        assert_ne!(text, command);
        std::fs::write(path(home.path()), command).unwrap();
        assert!(
            Config::of(home.path()).is_err(),
            "a program in the desk's file"
        );
    }

    #[test]
    fn the_owners_hooks_stand_beside_and_keep_their_names() {
        let home = home();
        std::fs::write(
            home.path().join(CONFIG),
            "[[hook]]\nname = \"sms\"\ncommand = [\"/bin/true\"]\n",
        )
        .unwrap();
        set(home.path(), &hook("oa", "http://10.1.2.3:8080/")).unwrap();
        let config = Config::of(home.path()).unwrap().unwrap();
        let names: Vec<&str> = config
            .hooks()
            .iter()
            .map(super::super::Hook::name)
            .collect();
        assert_eq!(names, ["sms", "oa"]);
        assert!(set(home.path(), &hook("sms", "http://10.1.2.3:8080/")).is_err());
        assert!(!remove(home.path(), "sms").unwrap(), "not the desk's");
        let unknown = PostHook {
            events: vec!["nothing".to_owned()],
            ..hook("two", "http://10.1.2.3:8080/")
        };
        assert!(set(home.path(), &unknown).is_err());
    }
}
