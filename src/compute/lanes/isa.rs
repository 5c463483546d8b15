//! Which instruction sets this machine has, and how a kernel is run on one of them.

use super::{Lanes, arrays};
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};

/// Work that is written once for all instruction sets.
pub trait Kernel {
    type Output;
    /// Must be `#[inline(always)]`, with all that it calls, to be compiled for the instruction set of its caller.
    fn run<L: Lanes>(self) -> Self::Output;
}

/// An instruction set that this machine has: there is no other way to get one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Isa {
    /// All instruction sets of this machine, the slowest first. All give the same bits.
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut)]
        let mut sets = vec![Self(Set::Baseline)];
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if avx2 {
                sets.push(Self(Set::Avx2));
            }
            if avx2 && is_x86_feature_detected!("avx512f") {
                sets.push(Self(Set::Avx512));
            }
        }
        sets
    }

    pub fn best() -> Self {
        Self::available().pop().unwrap_or(Self(Set::Baseline))
    }

    /// By name, in any case, where this machine has it.
    pub fn named(name: &str) -> Option<Self> {
        Self::available().into_iter().find(|isa| isa.name().eq_ignore_ascii_case(name))
    }

    pub fn name(self) -> &'static str {
        match self.0 {
            Set::Baseline if cfg!(target_arch = "aarch64") => "NEON",
            Set::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "AVX2+FMA",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "AVX-512",
        }
    }

    /// Runs a kernel, compiled for this instruction set.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.0 {
            Set::Baseline => kernel.run::<arrays::Floats>(),
            // SAFETY: `available` found the features, and only it makes these values.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { run_avx2(kernel) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => unsafe { run_avx512(kernel) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<avx2::Floats>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f")]
fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<avx512::Floats>()
}
