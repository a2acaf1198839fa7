//! What `hemicycle clerk` does to accounts on the server's own computer comes into the
//! meeting's log as the server's: before anybody signs in, and while the server runs.

use super::{Trouble, ask_room};
use crate::app::App;
use crate::room::Asker;
use hemicycle_meeting::ServerCommand;
use std::sync::Arc;
use std::time::Duration;

/// How often the file is looked at. Nobody signs in with what is not in the log all the
/// same: each sign-in looks by itself.
const AGAIN: Duration = Duration::from_secs(5);

/// Has the log told all that it does not have yet.
pub(crate) async fn tell(app: &Arc<App>) -> Result<(), Trouble> {
    let read = || {
        app.clerks.untold().map_err(|error| {
            tracing::error!(%error, "accounts cannot be read");
            Trouble::unavailable("accounts")
        })
    };
    if read()?.is_empty() {
        return Ok(());
    }
    let _keeping = app.keeping.lock().await;
    for what in read()? {
        let (account, change, role) = (what.account.clone(), what.change, what.role);
        ask_room(app, Asker::Server, ServerCommand::SetAccount { account, change, role }).await?;
        tracing::info!(account = %what.account, "an account was changed on this computer");
        let with = Arc::clone(app);
        let told = tokio::task::spawn_blocking(move || with.clerks.told(&what));
        told.await.map_err(Trouble::unavailable)?.map_err(|error| {
            tracing::error!(%error, "accounts cannot be kept");
            Trouble::unavailable("accounts")
        })?;
    }
    Ok(())
}

/// Does so from now on, until the server stops.
pub(crate) async fn watch(app: Arc<App>) {
    let mut stop = app.stop.subscribe();
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(AGAIN) => {}
        }
        if let Err(trouble) = tell(&app).await {
            tracing::warn!(?trouble, "the log does not have all changes of accounts");
        }
    }
}
