//! The exchange's configuration: one TOML file, every key documented in
//! `docs/operating/configuration.md`. An unknown key is refused.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What `exchange.toml` holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The exchange's name in all signed data.
    pub origin: String,
    /// Where the protocol is served: QUIC and TCP on the same port.
    pub listen: SocketAddr,
    /// Where health, readiness and figures are served; must be loopback.
    #[serde(default = "default_status")]
    pub status: SocketAddr,
    /// Where data is kept.
    #[serde(default = "default_data")]
    pub data: PathBuf,
    /// The most connections at once.
    #[serde(default = "default_connections")]
    pub connections_max: u32,
    /// `text` or `json`.
    #[serde(default)]
    pub log_format: LogFormat,
    /// What is logged, in the form of `tracing-subscriber`.
    #[serde(default = "default_filter")]
    pub log_filter: String,
    /// An upload that was not continued for so many hours is swept.
    #[serde(default = "default_sweep")]
    pub upload_hours_max: u32,
}

/// How the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

fn default_status() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn default_data() -> PathBuf {
    PathBuf::from("data")
}

const fn default_connections() -> u32 {
    10_000
}

fn default_filter() -> String {
    "info,fjall=warn,lsm_tree=warn".to_owned()
}

const fn default_sweep() -> u32 {
    168
}

impl Config {
    /// The name of the file in the exchange's home.
    pub const FILE: &'static str = "exchange.toml";

    /// Reads and checks the configuration of `home`; relative paths are relative to it.
    pub fn load(home: &Path) -> Result<Self, BadConfig> {
        let path = home.join(Self::FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| BadConfig::Unreadable {
            path: path.clone(),
            error,
        })?;
        let mut config: Self = toml::from_str(&text).map_err(|error| BadConfig::Syntax {
            path,
            error: Box::new(error),
        })?;
        if config.origin.parse::<yichuan_document::Origin>().is_err() {
            return Err(BadConfig::Origin {
                found: config.origin,
            });
        }
        if !config.status.ip().is_loopback() {
            return Err(BadConfig::StatusNotLoopback {
                found: config.status,
            });
        }
        if config.connections_max == 0 || config.upload_hours_max == 0 {
            return Err(BadConfig::Zero);
        }
        config.data = home.join(&config.data);
        Ok(config)
    }
}

/// Why the configuration is not usable.
#[derive(Debug)]
#[non_exhaustive]
pub enum BadConfig {
    /// The file cannot be read.
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Not TOML, a missing or an unknown key, or a value of the wrong kind.
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        error: Box<toml::de::Error>,
    },
    /// Not an origin.
    Origin {
        /// What stands there.
        found: String,
    },
    /// Figures are for this computer only.
    StatusNotLoopback {
        /// What stands there.
        found: SocketAddr,
    },
    /// A limit of zero.
    Zero,
}

impl fmt::Display for BadConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Syntax { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Origin { found } => {
                write!(f, "origin: {found:?} is not a name such as yichuan.example")
            }
            Self::StatusNotLoopback { found } => {
                write!(
                    f,
                    "status: {found} is not a loopback address such as 127.0.0.1:9100"
                )
            }
            Self::Zero => f.write_str("a limit of zero lets nothing through"),
        }
    }
}

impl std::error::Error for BadConfig {}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config, BadConfig> {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(Config::FILE), text).unwrap();
        Config::load(home.path())
    }

    #[test]
    fn a_small_file_is_enough() {
        let config = load("origin = \"yichuan.example\"\nlisten = \"127.0.0.1:7300\"").unwrap();
        assert_eq!(config.connections_max, 10_000);
        assert_eq!(config.log_format, LogFormat::Text);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let text = "origin = \"a.b\"\nlisten = \"127.0.0.1:1\"\nlogformat = \"json\"";
        let message = load(text).unwrap_err().to_string();
        assert!(message.contains("logformat"), "{message}");
    }

    #[test]
    fn figures_stay_on_this_computer() {
        let text = "origin = \"a.b\"\nlisten = \"127.0.0.1:1\"\nstatus = \"0.0.0.0:9100\"";
        assert!(matches!(
            load(text),
            Err(BadConfig::StatusNotLoopback { .. })
        ));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "origin = 1",
            "origin = \"A B\"\nlisten = \"127.0.0.1:1\"",
            "origin = \"a.b\"\nlisten = \"nowhere\"",
            "origin = \"a.b\"\nlisten = \"127.0.0.1:1\"\nconnections_max = 0",
        ] {
            assert!(load(text).is_err(), "{text}");
        }
    }
}
