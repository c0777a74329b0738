//! What is known about a person, and in which words the storage keeps it.

use jiff::civil::Date;
use konvent_core::{PersonId, Personal, UnitId};

/// A natural person of the member file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Our number.
    pub id: PersonId,
    /// The organisation's number, as the file writes it.
    pub member_number: String,
    /// Everything the file says.
    pub details: Details,
}

impl Person {
    /// The name by which others see the person: title, given and family name.
    pub fn display_name(&self) -> String {
        let Details { title, given, family, .. } = &self.details;
        joined_name(title, given.open(), family.open())
    }
}

pub(super) fn joined_name(title: &str, given: &str, family: &str) -> String {
    let parts = [title, given, family];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The fields of a person; an empty text means that the file says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Details {
    /// `Frau`, `Herr`, or nothing.
    pub salutation: String,
    /// `Dr.`
    pub title: String,
    /// Given names.
    pub given: Personal<String>,
    /// Family name.
    pub family: Personal<String>,
    /// Confirms the first sign-in; decides who may vote.
    pub born_on: Personal<Option<Date>>,
    /// As the file writes it; for quotas and gendered titles of offices.
    pub gender: Personal<String>,
    /// Postal address.
    pub street: Personal<String>,
    /// Postal address.
    pub house_number: Personal<String>,
    /// Postal address, with its leading zeros.
    pub postal_code: Personal<String>,
    /// Postal address.
    pub city: Personal<String>,
    /// Postal address; empty means at home.
    pub country: Personal<String>,
    /// May be shared by a household.
    pub email: Personal<String>,
    /// At home or at work.
    pub phone: Personal<String>,
    /// In the pocket.
    pub mobile: Personal<String>,
    /// How invitations reach the person.
    pub delivery: Delivery,
    /// Whether dues are paid; a flag, no amounts.
    pub dues: Dues,
    /// May be written to by e-mail.
    pub email_consent: bool,
    /// May be called.
    pub phone_consent: bool,
}

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal,)+ } else $other:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl Default for $name {
            fn default() -> Self {
                Self::$other
            }
        }

        impl $name {
            pub(crate) const fn code(self) -> i64 {
                match self { $(Self::$variant => $code,)+ }
            }

            pub(crate) const fn from_code(code: i64) -> Self {
                match code { $($code => Self::$variant,)+ _ => Self::$other }
            }
        }
    };
}

coded! {
    /// How invitations reach a person.
    Delivery {
        /// The file says nothing.
        Unknown = 0,
        /// In this program.
        App = 1,
        /// By e-mail.
        Email = 2,
        /// On paper.
        Letter = 3,
    } else Unknown
}

coded! {
    /// Whether dues are paid.
    Dues {
        /// The file says nothing.
        Unknown = 0,
        /// Paid.
        Paid = 1,
        /// Behind.
        InArrears = 2,
        /// Need not pay.
        Exempt = 3,
    } else Unknown
}

coded! {
    /// In which way somebody belongs to a unit.
    MembershipKind {
        /// Here the person votes; exactly one.
        Home = 0,
        /// Takes part without the rights of the home.
        Guest = 1,
        /// In a *Vereinigung*.
        Affiliate = 2,
    } else Guest
}

coded! {
    /// Where a membership stands in its life.
    Status {
        /// Has applied, is not a member yet.
        Applicant = 0,
        /// A member.
        Active = 1,
        /// A member whose rights rest.
        Suspended = 2,
        /// Gone by own wish, or to another unit.
        Left = 3,
        /// Excluded by a court of the party.
        Expelled = 4,
        /// Has died.
        Deceased = 5,
        /// Struck off, for example for unpaid dues.
        StruckOff = 6,
    } else Left
}

impl Status {
    /// Whether somebody with this status stands in the groups.
    pub const fn is_member(self) -> bool {
        matches!(self, Self::Active | Self::Suspended)
    }

    /// Whether the membership is over.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Applicant | Self::Active | Self::Suspended)
    }
}

/// A membership, running or over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Its number.
    pub id: i64,
    /// Where.
    pub unit: UnitId,
    /// In which way.
    pub kind: MembershipKind,
    /// Where it stands in its life.
    pub status: Status,
    /// First day, if known.
    pub joined_on: Option<Date>,
    /// Last day, once it is over.
    pub left_on: Option<Date>,
    /// Why it ended, in the file's words; `transfer` for a move.
    pub reason: String,
}

/// A membership that begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewMembership {
    /// Whose.
    pub person: PersonId,
    /// Where.
    pub unit: UnitId,
    /// In which way.
    pub kind: MembershipKind,
    /// Applicant, active or suspended.
    pub status: Status,
    /// First day, if known.
    pub joined_on: Option<Date>,
}

/// How and when somebody goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    /// The last day.
    pub on: Date,
    /// Left, expelled, deceased or struck off.
    pub status: Status,
    /// In the file's words.
    pub reason: String,
}
