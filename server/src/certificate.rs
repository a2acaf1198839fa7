//! The certificate that browsers and terminals see in TLS: made at the first
//! start and kept in a file for its owner only, or brought by the site. Whichever
//! it is, the server's own key vouches for it; how connections use it is
//! `listener`'s business.

use crate::folder::{FolderError, write_durably};
use hemicycle_protocol::identity::{Certificate as Statement, Identity};
use hemicycle_protocol::ids::{Hash, Hex, Millis};
use hemicycle_protocol::wire::VouchedCertificate;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair,
    PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use webpki::{EndEntityCert, KeyUsage};
use zeroize::Zeroizing;

/// Key and certificate of our own making, in one file so that they always fit.
const FILE: &str = "tls.pem";
/// For so long a certificate is made, and so long before its end another one is.
const DAYS: i64 = 730;
const RENEW: i64 = 60;
const DAY: i64 = 24 * 3600 * 1000;

/// A certificate with its private key.
pub struct Certificate {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// What a site brought: two PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Why there is no TLS. Each sentence says what to do.
#[derive(Debug, Error)]
pub enum CertificateError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(
        "{path} cannot be used for TLS ({why}): name the certificate as PEM, the server's own first and then those that signed it, and its private key as PEM"
    )]
    Brought { path: PathBuf, why: String },
    #[error(
        "the certificate {path} is not valid now ({why}): bring one that is, set this machine's clock, or leave out tls_certificate and tls_key to have one made"
    )]
    OutOfTime { path: PathBuf, why: String },
    #[error("no certificate can be made: {0}")]
    Make(#[from] rcgen::Error),
    #[error("TLS cannot be used with this certificate: {0}")]
    Tls(#[from] rustls::Error),
}

impl Certificate {
    /// The site's own.
    pub fn brought(from: &Brought, now: Millis) -> Result<Self, CertificateError> {
        let wrong = |path: &Path, why: &dyn std::fmt::Display| CertificateError::Brought {
            path: path.into(),
            why: why.to_string(),
        };
        let text = std::fs::read(&from.certificate).map_err(|e| wrong(&from.certificate, &e))?;
        let chain = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| wrong(&from.certificate, &e))?;
        let Some(leaf) = chain.first() else {
            return Err(wrong(&from.certificate, &"it holds no certificate"));
        };
        if let Err(why) = in_time(leaf, now) {
            return Err(CertificateError::OutOfTime { path: from.certificate.clone(), why });
        }
        let text =
            std::fs::read(&from.key).map(Zeroizing::new).map_err(|e| wrong(&from.key, &e))?;
        let key = PrivateKeyDer::from_pem_slice(&text).map_err(|e| wrong(&from.key, &e))?;
        Ok(Self { chain, key })
    }

    /// Our own, kept in `folder`; made where there is none, or where that one is
    /// out of time, does not name what it is for, or cannot be read.
    pub fn own(
        folder: &Path,
        names: &[String],
        of: &Identity,
        now: Millis,
    ) -> Result<Self, CertificateError> {
        let path = folder.join(FILE);
        match std::fs::read(&path).map(Zeroizing::new) {
            Ok(text) => match read(&text, names, now) {
                Ok(kept) => return Ok(kept),
                Err(why) => tracing::info!(%why, "the certificate is made anew"),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(FolderError::Io { path, source }.into()),
        }
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let made = parameters(names, of, now)?.self_signed(&key)?;
        let text = Zeroizing::new(format!("{}{}", key.serialize_pem(), made.pem()));
        write_durably(&path, text.as_bytes(), 0o600)?;
        let key = PrivateKeyDer::try_from(key.serialize_der())
            .map_err(|why| CertificateError::Brought { path, why: why.into() })?;
        Ok(Self { chain: vec![made.der().clone()], key })
    }

    /// SHA-256 of what is shown.
    pub fn fingerprint(&self) -> Hash {
        Hex(self.chain.first().map(Sha256::digest).unwrap_or_default().into())
    }

    /// The server's word that this is its certificate.
    pub fn vouched(&self, identity: &Identity) -> VouchedCertificate {
        let fingerprint = self.fingerprint();
        let statement = Statement { server: identity.key(), certificate: fingerprint };
        VouchedCertificate { fingerprint, signature: identity.sign(&statement) }
    }

    /// TLS 1.3 with it. Nothing of a connection outlives it: no tickets, no cache.
    pub fn config(self) -> Result<Arc<ServerConfig>, CertificateError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth()
            .with_single_cert(self.chain, self.key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({})", self.fingerprint())
    }
}

/// What this machine is called: its host name, and the addresses of its network
/// cards where `listen` means all of them.
pub fn names(listen: IpAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let host = rustix::system::uname().nodename().to_string_lossy().to_lowercase();
    if ServerName::try_from(host.as_str()).is_ok() {
        let short = host.split('.').next().unwrap_or_default();
        names.push(format!("{short}.local"));
        names.push(host);
    }
    names.extend(addresses(listen).iter().map(IpAddr::to_string));
    names.sort();
    names.dedup();
    names
}

/// The addresses at which others reach what listens on `listen`.
pub fn addresses(listen: IpAddr) -> Vec<IpAddr> {
    if !listen.is_unspecified() {
        return vec![listen];
    }
    let cards = if_addrs::get_if_addrs().unwrap_or_default();
    // A room without DHCP has link-local IPv4 addresses only, and they are as good as others.
    let far = cards
        .into_iter()
        .filter(|card| !card.is_loopback() && (card.ip().is_ipv4() || !card.is_link_local()));
    far.map(|card| card.ip()).filter(|ip| ip.is_ipv4() || listen.is_ipv6()).collect()
}

fn parameters(
    names: &[String],
    of: &Identity,
    now: Millis,
) -> Result<CertificateParams, rcgen::Error> {
    let mut made = CertificateParams::new(names)?;
    made.distinguished_name = DistinguishedName::new();
    made.distinguished_name.push(DnType::CommonName, format!("Hemicycle {}", of.key().short()));
    made.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let day = |days: i64| {
        let at = now.0.saturating_add(days.saturating_mul(DAY));
        let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
        let day = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        date_time_ymd(day.year().into(), day.month().unsigned_abs(), day.day().unsigned_abs())
    };
    // The clock of a terminal or a browser may be a little behind ours.
    made.not_before = day(-1);
    made.not_after = day(DAYS);
    Ok(made)
}

fn read(text: &[u8], names: &[String], now: Millis) -> Result<Certificate, String> {
    let say = |e: &dyn std::fmt::Display| e.to_string();
    let key = PrivateKeyDer::from_pem_slice(text).map_err(|e| say(&e))?;
    let chain =
        CertificateDer::pem_slice_iter(text).collect::<Result<Vec<_>, _>>().map_err(|e| say(&e))?;
    let leaf = chain.first().ok_or("there is none in the file")?;
    in_time(leaf, Millis(now.0.saturating_add(RENEW * DAY)))?;
    in_time(leaf, now)?;
    let shown = EndEntityCert::try_from(leaf).map_err(|e| say(&e))?;
    for name in names {
        let wanted = ServerName::try_from(name.as_str()).map_err(|e| say(&e))?;
        shown
            .verify_is_valid_for_subject_name(&wanted)
            .map_err(|_| format!("it does not name {name}"))?;
    }
    CertifiedKey::from_der(chain.clone(), key.clone_key(), &ring::default_provider())
        .map_err(|e| say(&e))?;
    Ok(Certificate { chain, key })
}

/// Is it valid at this time? Who signed it is not looked at.
fn in_time(leaf: &CertificateDer<'_>, at: Millis) -> Result<(), String> {
    let since = Duration::from_millis(at.0.max(0).unsigned_abs());
    let at = UnixTime::since_unix_epoch(since);
    let shown = EndEntityCert::try_from(leaf).map_err(|e| e.to_string())?;
    let algorithms = ring::default_provider().signature_verification_algorithms.all;
    match shown.verify_for_usage(algorithms, &[], &[], at, KeyUsage::server_auth(), None, None) {
        Ok(_) | Err(webpki::Error::UnknownIssuer) => Ok(()),
        Err(why) => Err(why.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemicycle_protocol::identity::verify;
    use std::os::unix::fs::PermissionsExt;

    const NOW: Millis = Millis(1_787_706_000_000);

    fn identity() -> Identity {
        Identity::from_secret(&[7; 32])
    }

    fn own(folder: &Path, names: &[&str], now: Millis) -> Certificate {
        let names: Vec<String> = names.iter().map(|&name| name.into()).collect();
        Certificate::own(folder, &names, &identity(), now).unwrap()
    }

    #[test]
    fn it_is_made_once_kept_for_its_owner_and_vouched_for() {
        let folder = tempfile::tempdir().unwrap();
        let made = own(folder.path(), &["localhost", "10.0.0.5"], NOW);
        let again = own(folder.path(), &["10.0.0.5"], NOW);
        assert_eq!(made.fingerprint(), again.fingerprint());
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let vouched = made.vouched(&identity());
        let statement = Statement { server: identity().key(), certificate: made.fingerprint() };
        verify(&identity().key(), &statement, &vouched.signature).unwrap();
        made.config().unwrap();
    }

    #[test]
    fn it_is_made_anew_where_it_is_of_no_use_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let first = own(folder.path(), &["10.0.0.5"], NOW).fingerprint();
        let text = std::fs::read_to_string(&path).unwrap();
        let nearly_over = Millis(NOW.0 + (DAYS - RENEW + 1) * DAY);
        let second = own(folder.path(), &["10.0.0.5"], nearly_over).fingerprint();
        assert_ne!(first, second);
        // The clock was wrong when that one was made.
        assert_ne!(own(folder.path(), &["10.0.0.5"], NOW).fingerprint(), second);

        std::fs::write(&path, &text).unwrap();
        assert_eq!(own(folder.path(), &["10.0.0.5"], NOW).fingerprint(), first);
        assert_ne!(own(folder.path(), &["10.0.0.6"], NOW).fingerprint(), first);

        for bent in ["", "no certificate", &text[..text.len() / 2]] {
            std::fs::write(&path, bent).unwrap();
            let made = own(folder.path(), &["10.0.0.5"], NOW).fingerprint();
            assert_ne!(made, first, "{bent}");
        }
        // Another key than the certificate's.
        let other = std::fs::read_to_string(&path).unwrap();
        let part = |text: &str| text.find("-----BEGIN CERTIFICATE").unwrap();
        std::fs::write(&path, format!("{}{}", &other[..part(&other)], &text[part(&text)..]))
            .unwrap();
        assert_ne!(own(folder.path(), &["10.0.0.5"], NOW).fingerprint(), first);
    }

    #[test]
    fn what_a_site_brings_is_used_or_named() {
        let folder = tempfile::tempdir().unwrap();
        let made = own(folder.path(), &["room.example"], NOW);
        let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        let cut = text.find("-----BEGIN CERTIFICATE").unwrap();
        let from = Brought {
            certificate: folder.path().join("site.crt"),
            key: folder.path().join("site.key"),
        };
        let missing = Certificate::brought(&from, NOW).unwrap_err().to_string();
        assert!(missing.contains("site.crt"), "{missing}");
        std::fs::write(&from.certificate, &text[cut..]).unwrap();
        std::fs::write(&from.key, "-----BEGIN").unwrap();
        let wrong = Certificate::brought(&from, NOW).unwrap_err().to_string();
        assert!(wrong.contains("site.key"), "{wrong}");
        std::fs::write(&from.key, &text[..cut]).unwrap();
        let brought = Certificate::brought(&from, NOW).unwrap();
        assert_eq!(brought.fingerprint(), made.fingerprint());
        brought.config().unwrap();
        let late = Certificate::brought(&from, Millis(NOW.0 + (DAYS + 1) * DAY)).unwrap_err();
        assert!(matches!(late, CertificateError::OutOfTime { .. }), "{late}");
    }

    #[test]
    fn a_machine_is_called_by_its_addresses() {
        assert_eq!(addresses("10.0.0.5".parse().unwrap()), ["10.0.0.5".parse::<IpAddr>().unwrap()]);
        let names = names("10.0.0.5".parse().unwrap());
        for name in ["localhost", "127.0.0.1", "10.0.0.5"] {
            assert!(names.iter().any(|n| n == name), "{name}");
        }
    }
}
