//! A name server on loopback for the tests of whoever asks the DNS: a few records by UDP and TCP, and what it was asked
//! (RFC 1035 §4.1, §4.2).

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CAA, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// Its records; a name without any does not exist.
#[derive(Debug, Default)]
pub(crate) struct Records {
    known: HashMap<String, Vec<RData>>,
    failing: HashMap<String, ResponseCode>,
    /// What does not fit into a datagram.
    large: HashSet<String>,
}

impl Records {
    fn with(mut self, name: &str, record: RData) -> Self {
        self.known.entry(name.to_owned()).or_default().push(record);
        self
    }

    /// A service: priority, weight and port, and the host.
    pub(crate) fn srv(self, name: &str, place: (u16, u16, u16), host: &str) -> Self {
        let (priority, weight, port) = place;
        let record = SRV::new(priority, weight, port, Name::from_utf8(host).unwrap());
        self.with(name, RData::SRV(record))
    }

    /// An address of either kind.
    pub(crate) fn at(self, name: &str, ip: impl Into<IpAddr>) -> Self {
        let record = match ip.into() {
            IpAddr::V4(ip) => RData::A(A(ip)),
            IpAddr::V6(ip) => RData::AAAA(AAAA(ip)),
        };
        self.with(name, record)
    }

    /// Who may sign certificates for the name.
    pub(crate) fn caa(self, name: &str, issuer: &str) -> Self {
        let issuer = Name::from_utf8(issuer).unwrap();
        self.with(name, RData::CAA(CAA::new_issue(false, Some(issuer), Vec::new())))
    }

    /// Whoever asks for this name is told of a fault.
    pub(crate) fn fails(mut self, name: &str, how: ResponseCode) -> Self {
        self.failing.insert(name.to_owned(), how);
        self
    }

    /// By UDP only as much is said of this name as that the answer does not fit.
    pub(crate) fn overflows(mut self, name: &str) -> Self {
        self.large.insert(name.to_owned());
        self
    }

    fn answer(&self, name: &Name, kind: RecordType) -> (ResponseCode, Vec<Record>) {
        let text = name.to_ascii().to_lowercase();
        if let Some(how) = self.failing.get(&text) {
            return (*how, Vec::new());
        }
        let Some(known) = self.known.get(&text) else {
            return (ResponseCode::NXDomain, Vec::new());
        };
        let fits = known.iter().filter(|data| data.record_type() == kind);
        let records = fits.map(|data| Record::from_rdata(name.clone(), 60, data.clone()));
        (ResponseCode::NoError, records.collect())
    }
}

/// One that runs as long as the test's runtime does.
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    desk: Arc<Desk>,
}

struct Desk {
    records: Records,
    asked: Mutex<Vec<Asked>>,
}

/// A name that was asked for, and whether by TCP.
type Asked = (String, bool);

impl Desk {
    fn reply(&self, bytes: &[u8], is_tcp: bool) -> Vec<u8> {
        let question = Message::from_vec(bytes).unwrap();
        let query = question.queries[0].clone();
        let name = query.name().to_ascii().to_lowercase();
        let is_cut = !is_tcp && self.records.large.contains(&name);
        self.asked.lock().unwrap().push((name, is_tcp));
        let (code, records) = self.records.answer(query.name(), query.query_type());
        let mut answer = Message::response(question.metadata.id, OpCode::Query);
        answer.metadata.response_code = code;
        answer.metadata.recursion_available = true;
        answer.metadata.truncation = is_cut;
        answer.add_query(query);
        if !is_cut {
            answer.add_answers(records);
        }
        answer.to_vec().unwrap()
    }

    /// RFC 1035 §4.2.2: the length goes before each message.
    async fn talk(&self, mut stream: TcpStream) -> std::io::Result<()> {
        loop {
            let length = stream.read_u16().await?;
            let mut question = vec![0; length.into()];
            stream.read_exact(&mut question).await?;
            let answer = self.reply(&question, true);
            stream.write_u16(answer.len().try_into().unwrap()).await?;
            stream.write_all(&answer).await?;
        }
    }
}

impl NameServer {
    pub(crate) async fn open(records: Records) -> Self {
        let (socket, listener) = doors().await;
        let address = listener.local_addr().unwrap();
        let desk = Arc::new(Desk { records, asked: Mutex::default() });
        let by_udp = Arc::clone(&desk);
        tokio::spawn(async move {
            let mut bytes = [0; 1_500];
            while let Ok((count, from)) = socket.recv_from(&mut bytes).await {
                let answer = by_udp.reply(&bytes[..count], false);
                socket.send_to(&answer, from).await.unwrap();
            }
        });
        let by_tcp = Arc::clone(&desk);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let desk = Arc::clone(&by_tcp);
                tokio::spawn(async move { desk.talk(stream).await }); // ends when the other has gone
            }
        });
        Self { address, desk }
    }

    /// The names that were asked for, in the order in which they came.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.desk.asked.lock().unwrap().iter().map(|(name, _)| name.clone()).collect()
    }

    /// Those of them that were asked for by TCP.
    pub(crate) fn asked_by_tcp(&self) -> Vec<String> {
        let asked = self.desk.asked.lock().unwrap();
        asked.iter().filter(|(_, is_tcp)| *is_tcp).map(|(name, _)| name.clone()).collect()
    }
}

/// One port of both kinds.
async fn doors() -> (UdpSocket, TcpListener) {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // Another test may have this port for datagrams.
        if let Ok(socket) = UdpSocket::bind(listener.local_addr().unwrap()).await {
            return (socket, listener);
        }
    }
}
