//! The states of a subscription and what each stanza makes of them (RFC 6121 Appendix A): pure, cell by cell.
//!
//! A state is four answers; the nine states that the standard names are those where nobody asks for what he has.

/// The four stanzas that change a subscription (RFC 6121 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Please let me see you (§3.1).
    Subscribe,
    /// You may see me (§3.1.4).
    Subscribed,
    /// I no longer want to see you (§3.3).
    Unsubscribe,
    /// You may not see me (§3.2).
    Unsubscribed,
}

impl Act {
    /// What a presence of this type does; `None` for one that leaves subscriptions alone.
    pub fn of(kind: Option<&str>) -> Option<Self> {
        match kind? {
            "subscribe" => Some(Self::Subscribe),
            "subscribed" => Some(Self::Subscribed),
            "unsubscribe" => Some(Self::Unsubscribe),
            "unsubscribed" => Some(Self::Unsubscribed),
            _ => None,
        }
    }

    /// The type of the presence.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Subscribed => "subscribed",
            Self::Unsubscribe => "unsubscribe",
            Self::Unsubscribed => "unsubscribed",
        }
    }
}

/// How a member stands with another address, from the member's side (RFC 6121 Appendix A.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent answers, as the standard has them"
)]
pub struct State {
    /// `To`: the member sees the other's presence.
    pub sees: bool,
    /// `From`: the other sees the member's.
    pub is_seen: bool,
    /// `Pending Out`: the member has asked and waits.
    pub asks: bool,
    /// `Pending In`: the other has asked and waits.
    pub is_asked: bool,
}

impl State {
    /// Nobody sees anybody.
    pub const NONE: Self = Self { sees: false, is_seen: false, asks: false, is_asked: false };
    /// Both see each other.
    pub const BOTH: Self = Self { sees: true, is_seen: true, asks: false, is_asked: false };

    /// The value of `subscription` in the contact list (RFC 6121 §2.1.2.5).
    pub const fn subscription(self) -> &'static str {
        match (self.sees, self.is_seen) {
            (true, true) => "both",
            (true, false) => "to",
            (false, true) => "from",
            (false, false) => "none",
        }
    }
}

/// What becomes of a stanza that the member sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outbound {
    /// The state from now on.
    pub state: State,
    /// Whether the stanza goes on to the other.
    pub is_routed: bool,
    /// Whether the other's next request is granted already (RFC 6121 §3.4).
    pub is_approved: bool,
}

/// What becomes of a stanza that the other sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inbound {
    /// The state from now on.
    pub state: State,
    /// Whether the member is shown the stanza.
    pub is_shown: bool,
    /// What the server answers in the member's name.
    pub reply: Option<Act>,
    /// Whether the other's next request is granted already.
    pub is_approved: bool,
}

/// The member sends it (RFC 6121 Appendix A.2).
#[must_use]
pub fn outbound(state: State, is_approved: bool, act: Act) -> Outbound {
    let mut next = state;
    match act {
        // A.2.1: always goes on, so that a request that was lost can be repeated.
        Act::Subscribe => {
            next.asks = !state.sees;
            Outbound { state: next, is_routed: true, is_approved }
        }
        // A.2.2
        Act::Unsubscribe => {
            next.sees = false;
            next.asks = false;
            Outbound { state: next, is_routed: true, is_approved }
        }
        // A.2.3: without a request it is a pre-approval (§3.4.2), which never leaves the server.
        Act::Subscribed => {
            next.is_seen = state.is_seen || state.is_asked;
            next.is_asked = false;
            let is_approval_ahead = !state.is_asked && !state.is_seen;
            Outbound {
                state: next,
                is_routed: state.is_asked,
                is_approved: is_approved || is_approval_ahead,
            }
        }
        // A.2.4: takes a pre-approval back, too (§3.4.3).
        Act::Unsubscribed => {
            next.is_seen = false;
            next.is_asked = false;
            let is_routed = state.is_seen || state.is_asked;
            Outbound { state: next, is_routed, is_approved: false }
        }
    }
}

/// The other sent it (RFC 6121 Appendix A.3).
#[must_use]
pub fn inbound(state: State, is_approved: bool, act: Act) -> Inbound {
    let mut next = state;
    let (is_shown, reply) = match act {
        // A.3.1: who sees the member already is told so by the server (§3.1.3).
        Act::Subscribe if state.is_seen => (false, Some(Act::Subscribed)),
        // RFC 6121 §3.4.2: granted ahead, the member is not asked.
        Act::Subscribe if is_approved => {
            next.is_seen = true;
            next.is_asked = false;
            (false, Some(Act::Subscribed))
        }
        Act::Subscribe => {
            next.is_asked = true;
            (!state.is_asked, None)
        }
        // A.3.2: whoever has nothing to give up is not heard.
        Act::Unsubscribe => {
            next.is_seen = false;
            next.is_asked = false;
            (state.is_seen || state.is_asked, None)
        }
        // A.3.3: only an answer to a question counts; nobody slips into a contact list by a forged grant.
        Act::Subscribed => {
            next.sees = state.sees || state.asks;
            next.asks = false;
            (state.asks, None)
        }
        // A.3.4
        Act::Unsubscribed => {
            next.sees = false;
            next.asks = false;
            (state.sees || state.asks, None)
        }
    };
    Inbound { state: next, is_shown, reply, is_approved }
}
