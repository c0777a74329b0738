//! Pedersen's distributed key generation (§4.6): any `threshold` of several trustees can open.
//!
//! We write the 3.3.0 form: certificates carry their context, and every trustee signs all
//! certificates together with the commitments of its polynomial. The 2.0 form without both is read,
//! never written. Outside the archive a round of commitments goes before the polynomials are shown
//! ([`Polynomial::commitment`]), so that nobody chooses a share after seeing the others'.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::PublicKey;
use super::pki::{Pki, Signed, is_signed_by};
use crate::finding::Code;
use crate::group::{Group, Scalar};
use crate::hash::Hash;
use crate::json::{self, Element, Exponent};
use crate::proof::Proof;
use crate::random::Randomness;

/// More trustees than any board has; protects a verifier against absurd work.
const MOST_TRUSTEES: usize = 100;

/// `context` of §4.6.2: whose certificate, in which group of trustees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceremony {
    /// The name of the group.
    pub group: String,
    /// How many trustees.
    pub size: u32,
    /// How many of them open the result.
    pub threshold: u32,
    /// Whose certificate, from 1.
    pub index: u32,
}

/// `cert_keys` of §4.6.2.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
struct CertKeys<G: Group> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    context: Option<Ceremony>,
    verification: Element<G>,
    encryption: Element<G>,
}

/// `raw_coefexps` of §4.6.4.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
struct CoefExps<G: Group> {
    coefexps: Vec<Element<G>>,
}

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

/// `certs` of §4.6.4, what each trustee signs.
#[derive(Serialize)]
#[serde(bound = "")]
struct Certs<'a, G: Group> {
    certs: &'a [Signed<G>],
    coefexps: &'a [Element<G>],
}

fn certs_message<G: Group>(certs: &[Signed<G>], coefexps: &[Element<G>]) -> String {
    format!("certs_sig|{}", json::text(&Certs { certs, coefexps }))
}

/// `polynomial` of §4.6.4: step 3 of a trustee.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Polynomial<G: Group> {
    /// The coefficients, sealed for their owner.
    pub polynomial: String,
    /// A share for each trustee, sealed.
    pub secrets: Vec<String>,
    /// g to the power of each coefficient, signed.
    pub coefexps: Signed<G>,
    /// Over all certificates and the above.
    pub signature: Proof<G>,
}

impl<G: Group> Polynomial<G> {
    /// What a trustee publishes before its polynomial: nobody can choose theirs after seeing it.
    pub fn commitment(&self) -> Hash {
        Hash::of(&json::write(self))
    }
}

/// `vinput` of §4.6.5: what the server hands to one trustee in step 5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct VInput<G: Group> {
    /// The trustee's own coefficients.
    pub polynomial: String,
    /// The shares for this trustee.
    pub secrets: Vec<String>,
    /// All signed coefficients.
    pub coefexps: Vec<Signed<G>>,
    /// All signatures.
    pub signatures: Vec<Proof<G>>,
}

/// `voutput` of §4.6.6.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct VOutput<G: Group> {
    /// The trustee's share of the key, sealed for itself.
    pub private_key: String,
    /// Its public side.
    pub public_key: PublicKey<G>,
}

/// `threshold_parameters` of §4.6.7.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct ThresholdParameters<G: Group> {
    /// How many shares open the result.
    pub threshold: u32,
    /// Γ.
    pub certs: Vec<Signed<G>>,
    /// Each trustee's signed commitments.
    pub coefexps: Vec<Signed<G>>,
    /// Each trustee's signature over Γ and its commitments; absent in the form of 2.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Vec<Proof<G>>>,
    /// The keys that partial decryptions are checked with.
    pub verification_keys: Vec<PublicKey<G>>,
}

/// A trustee during the ceremony.
#[derive(Debug)]
pub struct Member<G: Group> {
    pki: Pki<G>,
    index: usize,
    size: usize,
    threshold: usize,
}

/// Reads Γ and checks it: each certificate is signed by its own key and names its place.
fn read_certs<G: Group>(certs: &[Signed<G>], threshold: u32) -> Option<Vec<CertKeys<G>>> {
    if certs.is_empty() || certs.len() > MOST_TRUSTEES {
        return None;
    }
    certs
        .iter()
        .zip(1_u32..)
        .map(|(cert, index)| {
            let keys: CertKeys<G> = json::exact(cert.message.as_bytes())?;
            let named = keys.context.as_ref().is_none_or(|context| {
                context.group == G::NAME
                    && usize::try_from(context.size).is_ok_and(|size| size == certs.len())
                    && context.threshold == threshold
                    && context.index == index
            });
            let signed = cert.is_by(keys.verification.point());
            (named && signed && G::is_member(keys.encryption.point())).then_some(keys)
        })
        .collect()
}

fn number<G: Group>(n: usize) -> G::Scalar {
    G::Scalar::from_u64(u64::try_from(n).unwrap_or(u64::MAX))
}

/// Π `A_k^(j^k)`: g to the power of the polynomial's value at j.
fn value_at<G: Group>(coefexps: &[Element<G>], j: usize) -> G::Point {
    let j = number::<G>(j);
    let mut power = G::Scalar::from_u64(1);
    let factors: Vec<_> = coefexps
        .iter()
        .map(|a| {
            let factor = (a.point(), power.clone());
            power = power.times(&j);
            factor
        })
        .collect();
    G::product(&factors)
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

/// Checks the commitments: signed by their owners, of the right degree, all members.
fn read_coefexps<G: Group>(
    certs: &[Signed<G>],
    keys: &[CertKeys<G>],
    coefexps: &[Signed<G>],
    signatures: Option<&[Proof<G>]>,
    threshold: usize,
) -> Option<Vec<Vec<Element<G>>>> {
    if coefexps.len() != keys.len() || signatures.is_some_and(|s| s.len() != keys.len()) {
        return None;
    }
    coefexps
        .iter()
        .zip(keys)
        .enumerate()
        .map(|(place, (signed, keys))| {
            let CoefExps { coefexps } = json::exact::<CoefExps<G>>(signed.message.as_bytes())?;
            let owner = keys.verification.point();
            let all = signatures.is_none_or(|signatures| {
                signatures.get(place).is_some_and(|signature| {
                    is_signed_by(&certs_message(certs, &coefexps), signature, owner)
                })
            });
            let sound = signed.is_by(owner)
                && all
                && coefexps.len() == threshold
                && coefexps.iter().all(|a| G::is_member(a.point()));
            sound.then_some(coefexps)
        })
        .collect()
}

impl<G: Group> ThresholdParameters<G> {
    /// Step 4: what goes to trustee `index` (from 1).
    pub fn vinput(polynomials: &[Polynomial<G>], index: usize) -> Option<VInput<G>> {
        let place = index.checked_sub(1)?;
        Some(VInput {
            polynomial: polynomials.get(place)?.polynomial.clone(),
            secrets: polynomials
                .iter()
                .map(|p| p.secrets.get(place).cloned())
                .collect::<Option<_>>()?,
            coefexps: polynomials.iter().map(|p| p.coefexps.clone()).collect(),
            signatures: polynomials.iter().map(|p| p.signature.clone()).collect(),
        })
    }

    /// Step 6: what is published. None when it would not pass its own check, or when a polynomial
    /// is not the one that was committed to.
    pub fn assemble(
        threshold: u32,
        certs: Vec<Signed<G>>,
        commitments: &[Hash],
        polynomials: &[Polynomial<G>],
        outputs: &[VOutput<G>],
    ) -> Option<Self> {
        if polynomials.iter().map(Polynomial::commitment).ne(commitments.iter().copied()) {
            return None;
        }
        let parameters = Self {
            threshold,
            certs,
            coefexps: polynomials.iter().map(|p| p.coefexps.clone()).collect(),
            signatures: Some(polynomials.iter().map(|p| p.signature.clone()).collect()),
            verification_keys: outputs.iter().map(|o| o.public_key.clone()).collect(),
        };
        parameters.faults().is_empty().then_some(parameters)
    }

    /// The key of this item: Π `A_z0`.
    pub fn public_key(&self) -> Option<G::Point> {
        self.coefexps.iter().try_fold(G::one(), |product, signed| {
            let raw: CoefExps<G> = json::exact(signed.message.as_bytes())?;
            Some(G::mul(&product, raw.coefexps.first()?.point()))
        })
    }

    /// Whether the certificates and signatures of specification 3.3.0 are all there.
    pub fn is_strengthened(&self) -> bool {
        self.signatures.is_some()
            && self.verification_keys.iter().all(|key| key.signature.is_some())
    }

    /// Every reason to refuse these parameters (§4.6.6, §4.6.7).
    pub fn faults(&self) -> Vec<Code> {
        let threshold = usize::try_from(self.threshold).unwrap_or(0);
        let Some(keys) = read_certs(&self.certs, self.threshold) else {
            return vec![Code::SetupCertificate];
        };
        // all or nothing: a mixture of the old and the new form is neither
        let contexts = keys.iter().filter(|keys| keys.context.is_some()).count();
        let signed = self.verification_keys.iter().filter(|key| key.signature.is_some()).count();
        let (none, all) = (0, keys.len());
        let expected = if self.signatures.is_some() { all } else { none };
        if contexts != expected || signed != expected {
            return vec![Code::SetupCertificate];
        }
        if !(1..=all).contains(&threshold) || self.verification_keys.len() != all {
            return vec![Code::SetupThreshold];
        }
        let signatures = self.signatures.as_deref();
        let Some(coefexps) =
            read_coefexps(&self.certs, &keys, &self.coefexps, signatures, threshold)
        else {
            return vec![Code::SetupCertificate];
        };
        let mut faults = Vec::new();
        for (place, (key, keys)) in self.verification_keys.iter().zip(&keys).enumerate() {
            // §4.6.6: the key is Π over all trustees of Π A_ik^(j^k)
            let expected = coefexps.iter().fold(G::one(), |product, coefexps| {
                G::mul(&product, &value_at::<G>(coefexps, place + 1))
            });
            if *key.public_key.point() != expected {
                faults.push(Code::SetupThreshold);
            }
            let owner = keys.verification.point();
            let by_owner = key
                .signature
                .as_ref()
                .is_none_or(|signature| is_signed_by(key.public_key.text(), signature, owner));
            if !by_owner {
                faults.push(Code::SetupCertificate);
            }
        }
        faults
    }
}
