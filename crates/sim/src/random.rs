//! Seeded randomness: one stream for each purpose, so that a new draw in one shifts no other.

/// xoshiro256** (Blackman and Vigna), seeded through SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Rng {
    s: [u64; 4],
}

impl Rng {
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut z = seed ^ purpose.wrapping_mul(0xd134_2543_de82_ef95);
        let s = std::array::from_fn(|_| {
            z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut x = z;
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            x ^ (x >> 31)
        });
        Self { s }
    }

    pub fn next(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.s;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= t;
        *d = d.rotate_left(45);
        result
    }

    /// A number below `n`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// A number of `low..=high`.
    pub fn within(&mut self, low: u64, high: u64) -> u64 {
        low.saturating_add(self.below(high.saturating_sub(low).saturating_add(1)))
    }

    /// A number of `low..=high` whose magnitude is drawn evenly.
    pub fn log(&mut self, low: u64, high: u64) -> u64 {
        let power = self.within(u64::from(low.max(1).ilog2()), u64::from(high.max(1).ilog2()));
        let from = 1_u64 << power;
        self.within(from, from - 1 + from).clamp(low, high)
    }

    /// Yes, in so many of a thousand cases.
    pub fn chance(&mut self, in_a_thousand: u32) -> bool {
        self.below(1_000) < u64::from(in_a_thousand)
    }

    /// One of a list, if it has any.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len() as u64) as usize)
    }

    /// One of a list, mostly a late one.
    pub fn pick_late<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let late = self.chance(700);
        let from = if late { list.len().saturating_sub(8) } else { 0 };
        self.pick(&list[from..])
    }

    pub fn bits(&mut self) -> u128 {
        (u128::from(self.next()) << 64) | u128::from(self.next())
    }
}

/// The streams of one run.
#[derive(Clone, Debug)]
pub(crate) struct Streams {
    /// What clients do.
    pub workload: Rng,
    /// What the network does to what they and the relays send.
    pub net: Rng,
    /// What the disks do.
    pub disk: Rng,
    /// What the clocks do.
    pub clock: Rng,
    /// What happens to processes.
    pub process: Rng,
    /// What another company does.
    pub outside: Rng,
}

impl Streams {
    pub fn new(seed: u64) -> Self {
        Self {
            workload: Rng::new(seed, 1),
            net: Rng::new(seed, 2),
            disk: Rng::new(seed, 3),
            clock: Rng::new(seed, 4),
            process: Rng::new(seed, 5),
            outside: Rng::new(seed, 6),
        }
    }
}
