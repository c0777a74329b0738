//! A name server on loopback for the tests of the resolver: a few records by UDP, and what it was asked (RFC 1035 §4.1).

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;

/// Its records; a name without any does not exist.
#[derive(Debug, Default)]
pub(super) struct Records {
    known: HashMap<String, Vec<RData>>,
    failing: HashMap<String, ResponseCode>,
}

impl Records {
    /// A service: priority, weight and port, and the host.
    pub(super) fn srv(mut self, name: &str, place: (u16, u16, u16), host: &str) -> Self {
        let (priority, weight, port) = place;
        let record = SRV::new(priority, weight, port, Name::from_utf8(host).unwrap());
        self.known.entry(name.to_owned()).or_default().push(RData::SRV(record));
        self
    }

    /// An address.
    pub(super) fn a(mut self, name: &str, ip: [u8; 4]) -> Self {
        let record = RData::A(A(Ipv4Addr::from(ip)));
        self.known.entry(name.to_owned()).or_default().push(record);
        self
    }

    /// Whoever asks for this name is told of a fault.
    pub(super) fn fails(mut self, name: &str, how: ResponseCode) -> Self {
        self.failing.insert(name.to_owned(), how);
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
pub(super) struct NameServer {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl NameServer {
    pub(super) async fn open(records: Records) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut bytes = [0; 1_500];
            while let Ok((count, from)) = socket.recv_from(&mut bytes).await {
                let question = Message::from_vec(&bytes[..count]).unwrap();
                let query = question.queries[0].clone();
                noted.lock().unwrap().push(query.name().to_ascii().to_lowercase());
                let (code, records) = records.answer(query.name(), query.query_type());
                let mut answer = Message::response(question.metadata.id, OpCode::Query);
                answer.metadata.response_code = code;
                answer.metadata.recursion_available = true;
                answer.add_query(query);
                answer.add_answers(records);
                socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
            }
        });
        Self { address, asked }
    }

    /// The names that were asked for, in the order in which they came.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}
