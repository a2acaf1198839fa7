//! What the server is told when it starts: command line and configuration
//! file. Nothing here looks at the data folder.

use crate::certificate::Brought;
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Where it listens if nobody says otherwise.
pub const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8480);

/// Who may take a seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enrolment {
    /// A clerk gives each terminal its seat.
    #[default]
    Ask,
    /// A terminal gets the seat it wishes for, if that is free. Only on loopback.
    Open,
}

/// Everything that `serve` needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Where the server's key and certificate are; none: in the data folder. A room
    /// that keeps them elsewhere stays the same server from meeting to meeting.
    pub identity: Option<PathBuf>,
    pub listen: SocketAddr,
    /// A certificate that the site brings; none: one is made.
    pub tls: Option<Brought>,
    /// The room's name, as terminals show it.
    pub room: String,
    pub enrolment: Enrolment,
    /// Tell the local network that this server is there.
    pub announce: bool,
    /// Connections that one address of the network may have; this machine's own are not counted.
    pub connections_per_address: u32,
    /// Bytes that all papers together may take.
    pub paper_quota: u64,
    /// Where fonts and the PDF library are; none: looked for beside the program.
    pub assets: Option<PathBuf>,
    /// The program that checks uploaded papers; none: this one.
    pub pdf_worker: Option<PathBuf>,
}

/// The configuration file, TOML. Everything may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Option<SocketAddr>,
    identity: Option<PathBuf>,
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    room: Option<String>,
    enrolment: Option<Enrolment>,
    announce: Option<bool>,
    connections_per_address: Option<u32>,
    paper_quota_mib: Option<u64>,
    assets: Option<PathBuf>,
}

/// Why the server cannot start as it was told.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("the configuration file {path} cannot be read: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the configuration file {path} is not right: {source}")]
    Wrong { path: PathBuf, source: Box<toml::de::Error> },
    #[error(
        "enrolment = \"open\" gives seats to whoever asks and is therefore only possible on a loopback address, not on {0}; \
         use enrolment = \"ask\" or listen on 127.0.0.1"
    )]
    OpenToAll(SocketAddr),
    #[error(
        "a certificate and its key belong together: name both tls_certificate and tls_key, or neither"
    )]
    HalfTls,
}

impl Config {
    /// Defaults around a data folder.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            identity: None,
            listen: LISTEN,
            tls: None,
            room: "议席".into(),
            enrolment: Enrolment::Ask,
            announce: true,
            connections_per_address: 64,
            paper_quota: 20 << 30,
            assets: None,
            pdf_worker: None,
        }
    }

    /// Takes what the file says.
    pub fn read_file(mut self, path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.into(), source })?;
        let file: File = toml::from_str(&text)
            .map_err(|source| ConfigError::Wrong { path: path.into(), source: Box::new(source) })?;
        let File {
            listen,
            identity,
            tls_certificate,
            tls_key,
            room,
            enrolment,
            announce,
            connections_per_address,
            paper_quota_mib,
            assets,
        } = file;
        self.listen = listen.unwrap_or(self.listen);
        self.identity = identity.or(self.identity);
        self.tls = match (tls_certificate, tls_key) {
            (Some(certificate), Some(key)) => Some(Brought { certificate, key }),
            (None, None) => self.tls,
            (Some(_), None) | (None, Some(_)) => return Err(ConfigError::HalfTls),
        };
        self.room = room.unwrap_or(self.room);
        self.enrolment = enrolment.unwrap_or(self.enrolment);
        self.connections_per_address =
            connections_per_address.unwrap_or(self.connections_per_address).max(1);
        self.announce = announce.unwrap_or(self.announce);
        self.paper_quota = paper_quota_mib.map_or(self.paper_quota, |m| m.saturating_mul(1 << 20));
        self.assets = assets.or(self.assets);
        Ok(self)
    }

    /// Is it something that can be done safely?
    pub fn check(&self) -> Result<(), ConfigError> {
        match self.enrolment {
            Enrolment::Open if !self.listen.ip().is_loopback() => {
                Err(ConfigError::OpenToAll(self.listen))
            }
            Enrolment::Open | Enrolment::Ask => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_strict_and_open_enrolment_stays_at_home() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("hemicycle.toml");
        std::fs::write(&path, "room = \"三楼会议厅\"\nenrolment = \"open\"\n").unwrap();
        let config = Config::new("data").read_file(&path).unwrap();
        assert_eq!((config.room.as_str(), config.enrolment), ("三楼会议厅", Enrolment::Open));
        config.check().unwrap();
        let wide = Config { listen: "0.0.0.0:8480".parse().unwrap(), ..config };
        assert!(matches!(wide.check(), Err(ConfigError::OpenToAll(_))));

        std::fs::write(&path, "tls_key = \"site.key\"\n").unwrap();
        let half = Config::new("data").read_file(&path);
        assert!(matches!(half, Err(ConfigError::HalfTls)));

        std::fs::write(&path, "rome = \"x\"\n").unwrap();
        let wrong = Config::new("data").read_file(&path).unwrap_err().to_string();
        assert!(wrong.contains("rome") && wrong.contains("hemicycle.toml"), "{wrong}");
    }
}
