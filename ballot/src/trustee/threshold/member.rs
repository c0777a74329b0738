//! A trustee during the threshold ceremony (§4.6.2–§4.6.6): certificate, polynomial, share.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    Ceremony, CertKeys, CoefExps, MOST_TRUSTEES, Polynomial, VInput, VOutput, certs_message,
    number, read_certs, read_coefexps, value_at,
};
use crate::group::{Group, Scalar};
use crate::json::{self, Element, Exponent};
use crate::random::Randomness;
use crate::trustee::PublicKey;
use crate::trustee::pki::{Pki, Signed};

/// `raw_polynomial` of §4.6.4.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
struct RawPolynomial<G: Group> {
    polynomial: Vec<Exponent<G>>,
}

/// `secret` of §4.6.4.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
struct Share<G: Group> {
    secret: Exponent<G>,
}

/// A trustee during the ceremony.
#[derive(Debug)]
pub struct Member<G: Group> {
    pki: Pki<G>,
    index: usize,
    size: usize,
    threshold: usize,
}

impl<G: Group> Member<G> {
    /// A trustee at its place in the ceremony, from its seed ([`Pki::seed`]).
    pub fn new(seed: &str, context: &Ceremony) -> Option<Self> {
        let index = usize::try_from(context.index).ok()?;
        let size = usize::try_from(context.size).ok()?;
        let threshold = usize::try_from(context.threshold).ok()?;
        let sound = (1..=size).contains(&index)
            && (1..=size).contains(&threshold)
            && size <= MOST_TRUSTEES
            && context.group == G::NAME;
        sound.then(|| Self { pki: Pki::from_seed(seed), index, size, threshold })
    }

    /// Step 1: the certificate.
    pub fn certificate(&self, rng: &mut impl Randomness) -> Signed<G> {
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let keys = CertKeys {
            context: Some(Ceremony {
                group: G::NAME.to_owned(),
                size: small(self.size),
                threshold: small(self.threshold),
                index: small(self.index),
            }),
            verification: self.pki.verification.clone(),
            encryption: self.pki.encryption.clone(),
        };
        self.pki.signed(json::text(&keys), rng)
    }

    /// Γ as this trustee checks it: complete, well signed, and with our own certificate in place.
    fn checked(&self, certs: &[Signed<G>]) -> Option<Vec<CertKeys<G>>> {
        let keys = read_certs(certs, u32::try_from(self.threshold).ok()?)?;
        let own = keys.get(self.index.checked_sub(1)?)?;
        let ours = own.verification == self.pki.verification
            && own.encryption == self.pki.encryption
            && keys.len() == self.size;
        ours.then_some(keys)
    }

    /// Step 3: a secret polynomial, its commitments and the shares for the others.
    pub fn polynomial(
        &self,
        certs: &[Signed<G>],
        rng: &mut impl Randomness,
    ) -> Option<Polynomial<G>> {
        let keys = self.checked(certs)?;
        let coefficients: Vec<G::Scalar> =
            (0..self.threshold).map(|_| G::Scalar::random(rng)).collect();
        let coefexps = Element::<G>::all(coefficients.iter().map(G::pow_g).collect());
        let raw = RawPolynomial::<G> {
            polynomial: coefficients.iter().cloned().map(Exponent::new).collect(),
        };
        let own = &self.pki.encryption;
        let polynomial = self.pki.send(own, json::text(&raw), rng)?;
        let secrets: Option<Vec<String>> = keys
            .iter()
            .enumerate()
            .map(|(place, keys)| {
                let j = number::<G>(place + 1);
                // Horner: s_ij = f_i(j)
                let value = coefficients
                    .iter()
                    .rev()
                    .fold(G::Scalar::zero(), |sum, a| sum.times(&j).plus(a));
                let share = Share::<G> { secret: Exponent::new(value) };
                self.pki.send(&keys.encryption, json::text(&share), rng)
            })
            .collect();
        let signature = self.pki.sign(&certs_message(certs, &coefexps), rng);
        let coefexps = self.pki.signed(json::text(&CoefExps { coefexps }), rng);
        Some(Polynomial { polynomial, secrets: secrets?, coefexps, signature })
    }

    /// Step 5: checks all shares against their commitments and adds them up to our private key.
    pub fn voutput(
        &self,
        certs: &[Signed<G>],
        input: &VInput<G>,
        rng: &mut impl Randomness,
    ) -> Option<VOutput<G>> {
        let keys = self.checked(certs)?;
        let coefexps =
            read_coefexps(certs, &keys, &input.coefexps, Some(&input.signatures), self.threshold)?;
        if input.secrets.len() != keys.len() {
            return None;
        }
        let mut private = G::Scalar::zero();
        for ((sealed, keys), coefexps) in input.secrets.iter().zip(&keys).zip(&coefexps) {
            let letter = Zeroizing::new(self.pki.receive(sealed, keys.verification.point())?);
            let share: Share<G> = json::exact(letter.as_bytes())?;
            if G::pow_g(&share.secret.0) != value_at::<G>(coefexps, self.index) {
                return None;
            }
            private = private.plus(&share.secret.0);
        }
        let mut public_key = PublicKey::of(&private, rng);
        public_key.signature = Some(self.pki.sign(public_key.public_key.text(), rng));
        let message = Zeroizing::new(json::text(&Exponent::<G>::new(private)));
        let private_key = self.pki.send(&self.pki.encryption, message.to_string(), rng)?;
        Some(VOutput { private_key, public_key })
    }

    /// Opens the sealed private key of step 5 when the result is to be decrypted.
    pub fn private_key(&self, sealed: &str) -> Option<G::Scalar> {
        let text = Zeroizing::new(self.pki.receive(sealed, self.pki.verification.point())?);
        Some(json::exact::<Exponent<G>>(text.as_bytes())?.0)
    }
}
