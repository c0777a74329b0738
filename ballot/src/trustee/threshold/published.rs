//! What the ceremony publishes, and every reason to refuse it (§4.6.5–§4.6.7).

use super::{
    CoefExps, Polynomial, ThresholdParameters, VInput, VOutput, read_certs, read_coefexps, value_at,
};
use crate::finding::Code;
use crate::group::Group;
use crate::hash::Hash;
use crate::json;
use crate::trustee::pki::{Signed, is_signed_by};

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
