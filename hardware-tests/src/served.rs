//! The sample meeting of 31, served by the real program, with its clerk signed in:
//! where pictures, windows and figures of one terminal begin.

use crate::clerk::{Clerk, Session};
use crate::host::{CLERK, Host, Programs};
use anyhow::Result;
use std::path::Path;

/// Members of the sample itself.
const MEMBERS: u32 = 31;

/// See the module.
pub struct Served {
    pub host: Host,
    pub session: Session,
    pub clerk: Clerk,
}

impl Served {
    /// Keeps its data in `folder/server`, and what the server says in `folder/server.log`.
    pub async fn sample(programs: &Programs, folder: &Path) -> Result<Self> {
        let data = folder.join("server");
        programs.load_sample(&data, MEMBERS).await?;
        let password = programs.set_clerk(&data).await?;
        let host = programs.serve(&data, 0, &folder.join("server.log")).await?;
        let session = Session::sign_in(&host.address, CLERK, &password).await?;
        let clerk = Clerk::open(&session).await?;
        Ok(Self { host, session, clerk })
    }
}
