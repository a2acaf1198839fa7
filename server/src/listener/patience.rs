//! How long a connection may take over what it says, and how much it may say, before
//! anybody knows who it is. A head that comes drop by drop, a body that stops, a
//! reader that does not read: each ends by itself. Once a WebSocket's other end has
//! shown who it is, the session sees to it.

use super::crowd::Place;
use crate::troubles::Troubles;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// Time for the head of the first request.
const HEAD: Duration = Duration::from_secs(10);
/// Time without any progress in a body or an answer, and for the head of a further request.
const IDLE: Duration = Duration::from_secs(30);
/// Time for an answer that has to be worked for.
const WORK: Duration = Duration::from_secs(300);
/// Bytes of a request's head, and of what a WebSocket says before it has shown who it is.
const MOST_HEAD: u64 = 16 * 1024;
const MOST_UNKNOWN: u64 = 64 * 1024;
/// Bytes that are read at a time as long as a head is awaited.
const SIP: usize = 4096;

/// Where a connection stands.
const WAITING: u8 = 0;
const REQUEST: u8 = 1;
const UNKNOWN: u8 = 2;
const KNOWN: u8 = 3;

/// What a connection's stream and its requests both know.
#[derive(Debug)]
pub struct Pace {
    stage: AtomicU8,
    began: Instant,
    /// Until when it waits, in milliseconds after `began`.
    until: AtomicU64,
    /// Bytes read in this stage.
    read: AtomicU64,
}

impl Default for Pace {
    fn default() -> Self {
        let until = AtomicU64::new(millis(HEAD));
        Self { stage: AtomicU8::new(WAITING), began: Instant::now(), until, read: 0.into() }
    }
}

impl Pace {
    /// The head of a request is complete.
    pub fn request(&self) {
        self.enter(REQUEST, IDLE);
    }

    /// It is there whole, and its answer takes a while: nothing need pass until then.
    pub fn works(&self) {
        self.extend(WORK);
    }

    /// It is answered, up to the body.
    pub fn answered(&self) {
        if self.stage.load(Relaxed) == REQUEST {
            self.enter(WAITING, IDLE);
        }
    }

    /// It becomes a WebSocket.
    pub fn upgraded(&self) {
        self.enter(UNKNOWN, IDLE);
    }

    /// The other end has shown who it is.
    pub fn known(&self) {
        self.enter(KNOWN, IDLE);
    }

    /// Something was begun and not brought to its end; else a browser keeps a connection that it
    /// does not need.
    fn is_rude(&self) -> bool {
        self.stage.load(Relaxed) == REQUEST || self.read.load(Relaxed) > 0
    }

    fn enter(&self, stage: u8, time: Duration) {
        self.stage.store(stage, Relaxed);
        self.read.store(0, Relaxed);
        self.extend(time);
    }

    fn extend(&self, time: Duration) {
        let now = millis(self.began.elapsed());
        self.until.store(now.saturating_add(millis(time)), Relaxed);
    }

    fn until(&self) -> Instant {
        self.began + Duration::from_millis(self.until.load(Relaxed))
    }

    /// Takes note of bytes that were read.
    fn heard(&self, bytes: usize) -> io::Result<()> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let stage = self.stage.load(Relaxed);
        let read = self.read.fetch_add(bytes, Relaxed).saturating_add(bytes);
        let most = match stage {
            WAITING => MOST_HEAD,
            UNKNOWN => MOST_UNKNOWN,
            _ => {
                self.extend(IDLE);
                u64::MAX
            }
        };
        if read > most {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "too much from a stranger"));
        }
        Ok(())
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// See the module.
#[derive(Debug)]
pub struct Patient<S> {
    inner: S,
    pace: Arc<Pace>,
    troubles: Arc<Troubles>,
    peer: SocketAddr,
    /// Wakes whoever waits to read; none once the session has clocks of its own.
    clock: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl<S> Patient<S> {
    /// Time begins now.
    pub fn new(
        inner: S,
        peer: SocketAddr,
        place: Place,
        troubles: Arc<Troubles>,
    ) -> (Self, Arc<Pace>) {
        let pace = Arc::new(Pace::default());
        let clock = Some(Box::pin(tokio::time::sleep(HEAD)));
        (Self { inner, pace: Arc::clone(&pace), troubles, peer, clock, _place: place }, pace)
    }

    /// Ready when it has waited for too long.
    fn over(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if self.pace.stage.load(Relaxed) >= UNKNOWN {
            self.clock = None;
        }
        let Some(clock) = &mut self.clock else { return Poll::Pending };
        loop {
            // Asked of the time itself: a clock that was set back wakes a little later.
            let until = self.pace.until();
            if Instant::now() >= until {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            if clock.deadline() != until {
                clock.as_mut().reset(until);
            }
            ready!(clock.as_mut().poll(cx));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // First: what comes drop by drop is always there.
        if let Poll::Ready(error) = self.over(cx) {
            if self.pace.is_rude() {
                self.troubles.note("a request that does not come", &self.peer);
            }
            return Poll::Ready(Err(error));
        }
        let before = buf.filled().len();
        if self.pace.stage.load(Relaxed) == WAITING {
            // In small sips: what comes behind the head is the body's, and no stranger's.
            let mut sip = [0; SIP];
            let most = SIP.min(buf.remaining());
            let mut sip = ReadBuf::new(sip.get_mut(..most).unwrap_or_default());
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut sip))?;
            buf.put_slice(sip.filled());
        } else {
            ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        }
        let heard = self.pace.heard(buf.filled().len() - before);
        if heard.is_err() {
            self.troubles.note("too much from a stranger", &self.peer);
        }
        Poll::Ready(heard)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, buf))?;
        if self.clock.is_some() {
            self.pace.extend(IDLE);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::super::crowd::Crowd;
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    fn pair() -> (Patient<DuplexStream>, Arc<Pace>, DuplexStream) {
        let (here, there) = duplex(1 << 20);
        let now = std::time::Instant::now();
        let place = Crowd::new(1).enter("127.0.0.1".parse().unwrap(), now);
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let (patient, pace) = Patient::new(here, peer, place.unwrap(), Arc::default());
        (patient, pace, there)
    }

    async fn read(patient: &mut Patient<DuplexStream>) -> Result<usize, io::ErrorKind> {
        patient.read(&mut [0; 4096]).await.map_err(|error| error.kind())
    }

    /// As if so long had passed.
    fn too_late(pace: &Pace) {
        pace.until.store(0, Relaxed);
    }

    #[tokio::test]
    async fn a_head_drop_by_drop_has_an_end() {
        let (mut patient, pace, mut there) = pair();
        let until = pace.until();
        for _ in 0..3 {
            there.write_all(b"x").await.unwrap();
            assert_eq!(read(&mut patient).await, Ok(1));
            assert_eq!(pace.until(), until, "a drop buys no time");
        }
        there.write_all(b"x").await.unwrap();
        too_late(&pace);
        assert_eq!(read(&mut patient).await, Err(io::ErrorKind::TimedOut), "whatever is there");
    }

    #[tokio::test]
    async fn a_body_behind_its_head_is_not_too_much() {
        let (mut patient, pace, mut there) = pair();
        there.write_all(&[0; 256 * 1024]).await.unwrap();
        let mut buf = vec![0; 128 * 1024];
        // As on a connection that was used before: its reader asks for a lot at once.
        assert_eq!(patient.read(&mut buf).await.unwrap(), SIP);
        pace.request();
        assert_eq!(patient.read(&mut buf).await.unwrap(), buf.len());
        // A head that long is none.
        let (mut patient, _pace, mut there) = pair();
        there.write_all(&[0; 256 * 1024]).await.unwrap();
        let mut read = 0;
        let error = loop {
            match patient.read(&mut buf).await {
                Ok(bytes) => read += bytes,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(read as u64 <= MOST_HEAD);
    }

    #[tokio::test]
    async fn who_waits_to_read_is_woken_when_it_is_over() {
        let (mut patient, pace, _there) = pair();
        pace.until.store(20, Relaxed);
        assert_eq!(read(&mut patient).await, Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn a_body_may_take_its_time_as_long_as_it_comes() {
        let (mut patient, pace, mut there) = pair();
        pace.request();
        for _ in 0..20 {
            let before = pace.until.fetch_sub(millis(IDLE) / 2, Relaxed);
            there.write_all(&[0; 4096]).await.unwrap();
            assert_eq!(read(&mut patient).await, Ok(4096));
            assert!(pace.until.load(Relaxed) >= before);
        }
        too_late(&pace);
        assert_eq!(read(&mut patient).await, Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn an_answer_that_goes_out_buys_time_and_the_next_request_does_not() {
        let (mut patient, pace, mut there) = pair();
        pace.request();
        pace.answered();
        too_late(&pace);
        patient.write_all(b"piece").await.unwrap();
        let until = pace.until();
        there.write_all(b"next").await.unwrap();
        assert_eq!(read(&mut patient).await, Ok(4));
        assert_eq!(pace.until(), until);
    }

    #[tokio::test]
    async fn a_stranger_says_little_and_who_is_known_is_left_to_the_session() {
        for known in [false, true] {
            let (mut patient, pace, mut there) = pair();
            pace.request();
            pace.upgraded();
            // The middleware speaks last, and changes nothing.
            pace.answered();
            if known {
                pace.known();
            }
            too_late(&pace);
            let mut taken = 0;
            let ended = loop {
                there.write_all(&[0; 4096]).await.unwrap();
                match read(&mut patient).await {
                    Ok(more) if taken < 4 * MOST_UNKNOWN => taken += more as u64,
                    Ok(_) => break None,
                    Err(kind) => break Some(kind),
                }
            };
            assert_eq!(ended, (!known).then_some(io::ErrorKind::InvalidData));
            assert_eq!(taken <= MOST_UNKNOWN, !known, "{taken}");
        }
    }

    #[tokio::test]
    async fn a_head_without_an_end_is_cut_off() {
        let (mut patient, _pace, mut there) = pair();
        there.write_all(&[b'x'; 20_000]).await.unwrap();
        let mut last = Ok(0);
        while last.is_ok() {
            last = read(&mut patient).await;
        }
        assert_eq!(last, Err(io::ErrorKind::InvalidData));
    }
}
