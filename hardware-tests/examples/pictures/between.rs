//! Somebody who stands between a terminal and its server: takes the terminal's
//! encrypted connection with a certificate of his own, and passes on what both say.

use anyhow::{Context as _, Result};
use hemicycle_hardware_tests::socket::{Address, Traffic};
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// See the module. He goes when this is dropped.
pub struct Between {
    pub address: String,
    task: JoinHandle<()>,
}

impl Drop for Between {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Between {
    pub async fn start(server: &Address) -> Result<Self> {
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)?;
        let listener = TcpListener::bind("127.0.0.1:0").await.context("a port to stand at")?;
        let address = format!("https://{}", listener.local_addr()?);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let task = tokio::spawn(serve(listener, acceptor, server.over_tls()));
        Ok(Self { address, task })
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, server: Address) {
    let mut lines = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let (acceptor, server) = (acceptor.clone(), server.clone());
        // A line that ends is opened anew by its terminal.
        lines.spawn(async move { drop(line(near, &acceptor, &server).await) });
        while lines.try_join_next().is_some() {}
    }
}

async fn line(near: TcpStream, acceptor: &TlsAcceptor, server: &Address) -> Result<()> {
    let mut near = acceptor.accept(near).await?;
    let (mut far, _) = server.connect(Arc::new(Traffic::default())).await?;
    copy_bidirectional(&mut near, &mut far).await?;
    Ok(())
}
