//! What is done with several numbers side by side, whatever the processor: combs, tables, chains and products of powers.
//!
//! A macro and no trait, since a method compiled for a processor would be unsafe to call. Its functions are safe among each
//! other; those at the end enter them after asking the processor, by the macro of the crate `multiversion`, and answer
//! `None` where it cannot. What [`Job`]s and tables of fixed elements do is for public exponents; `powers` and `fixed` read
//! every entry of a table each time, so theirs may be secret.
//!
//! [`Job`]: super::lanes::Job

/// Entries of a table for secret exponents: powers from 0 to 15.
pub(super) const ENTRIES: usize = 16;
/// Columns of powers whose tables are held at a time: at most 3 MB.
pub(super) const TABLES: usize = 64;

/// Writes the functions for a module that has `Numbers`, `LANES` and arithmetic for the features.
macro_rules! functions {
    ($features:tt, $target:tt) => {
        /// Up to [`LANES`] numbers side by side; ones fill the empty places.
        #[inline]
        #[target_feature(enable = $features)]
        fn side_by_side(points: &[Digits], field: &Field) -> Numbers {
            let mut from = [&field.one; LANES];
            for (slot, point) in from.iter_mut().zip(points) {
                *slot = point;
            }
            gather(from)
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn combs_here(
            field: &Field,
            rows: u32,
            columns: usize,
            points: &[Digits],
        ) -> Vec<Vec<Digits>> {
            let modulus = modulus(field);
            let mut out: Vec<Vec<Digits>> = Vec::with_capacity(points.len());
            for group in points.chunks(LANES) {
                let enter = gather([&field.enter; LANES]);
                let mut power = multiply(&side_by_side(group, field), &enter, &modulus);
                let mut comb = vec![gather([&field.one; LANES])];
                for row in 0..rows {
                    if row > 0 {
                        for _ in 0..columns {
                            power = square(&power, &modulus);
                        }
                    }
                    comb.push(power);
                    for place in 1..1 << row {
                        comb.push(multiply(&comb[place], &power, &modulus));
                    }
                }
                let mut tables = vec![Vec::with_capacity(comb.len()); group.len()];
                for entry in &comb {
                    for (table, number) in tables.iter_mut().zip(scatter(entry)) {
                        table.push(number);
                    }
                }
                out.extend(tables);
            }
            out
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn multiples_here(field: &Field, count: usize, points: &[Digits]) -> Vec<Vec<Digits>> {
            let modulus = modulus(field);
            let mut out: Vec<Vec<Digits>> = Vec::with_capacity(points.len());
            for group in points.chunks(LANES) {
                let enter = gather([&field.enter; LANES]);
                let base = multiply(&side_by_side(group, field), &enter, &modulus);
                let mut power = gather([&field.one; LANES]);
                let mut tables = vec![Vec::with_capacity(count); group.len()];
                for place in 0..count {
                    if place > 0 {
                        power = multiply(&power, &base, &modulus);
                    }
                    for (table, number) in tables.iter_mut().zip(scatter(&power)) {
                        table.push(number);
                    }
                }
                out.extend(tables);
            }
            out
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn run_here(field: &Field, jobs: &[Job<'_>]) -> Vec<Digits> {
            let modulus = modulus(field);
            let mut out = Vec::with_capacity(jobs.len());
            for group in jobs.chunks(LANES) {
                let mut value = gather([&field.one; LANES]);
                let longest = |lengths: &dyn Fn(&Job<'_>) -> usize| group.iter().map(lengths).max();
                for place in 0..longest(&|job| job.chain.len()).unwrap_or(0) {
                    let mut from = [&field.one; LANES];
                    for (slot, job) in from.iter_mut().zip(group) {
                        *slot = job.chain.get(place).unwrap_or(&&field.one);
                    }
                    if place == 0 {
                        value = gather(from);
                    } else {
                        value = square(&value, &modulus);
                        value = multiply(&value, &gather(from), &modulus);
                    }
                }
                for place in 0..longest(&|job| job.factors.len()).unwrap_or(0) {
                    let mut from = [&field.one; LANES];
                    for (slot, job) in from.iter_mut().zip(group) {
                        *slot = job.factors.get(place).unwrap_or(&&field.one);
                    }
                    value = multiply(&value, &gather(from), &modulus);
                }
                value = multiply(&value, &gather([&field.leave; LANES]), &modulus);
                out.extend(scatter(&value).into_iter().take(group.len()));
            }
            out
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn powers_here(field: &Field, windows: usize, columns: &[Vec<Power<'_>>]) -> Vec<Digits> {
            let modulus = modulus(field);
            let ones = gather([&field.one; LANES]);
            let enter = gather([&field.enter; LANES]);
            let mut product = ones;
            for part in columns.chunks(TABLES) {
                let mut tables: Vec<Vec<Numbers>> = Vec::with_capacity(part.len());
                for column in part {
                    let mut from = [&field.one; LANES];
                    for (slot, power) in from.iter_mut().zip(column) {
                        *slot = &power.base;
                    }
                    let base = multiply(&gather(from), &enter, &modulus);
                    let mut table = vec![ones, base];
                    for place in 2..ENTRIES {
                        table.push(multiply(&table[place - 1], &base, &modulus));
                    }
                    tables.push(table);
                }
                let mut value = ones;
                for window in (0..windows).rev() {
                    if window + 1 < windows {
                        for _ in 0..4 {
                            value = square(&value, &modulus);
                        }
                    }
                    for (column, table) in part.iter().zip(&tables) {
                        let mut places = [0; LANES];
                        for (place, power) in places.iter_mut().zip(column) {
                            *place = nibble(power.exponent, window);
                        }
                        value = multiply(&value, &pick(table, places), &modulus);
                    }
                }
                product = multiply(&product, &value, &modulus);
            }
            scatter(&multiply(&product, &gather([&field.leave; LANES]), &modulus)).to_vec()
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn fixed_here(
            field: &Field,
            tables: &[&[Vec<Digits>]],
            rows: &[Vec<&[u64]>],
        ) -> Vec<Digits> {
            let modulus = modulus(field);
            let mut out = Vec::with_capacity(rows.len());
            for group in rows.chunks(LANES) {
                let mut value = gather([&field.one; LANES]);
                for (element, table) in tables.iter().enumerate() {
                    for (window, entries) in table.iter().enumerate() {
                        let mut places = [0; LANES];
                        for (place, row) in places.iter_mut().zip(group) {
                            *place = row.get(element).map_or(0, |x| nibble(x, window));
                        }
                        value = multiply(&value, &pick_shared(entries, places), &modulus);
                    }
                }
                value = multiply(&value, &gather([&field.leave; LANES]), &modulus);
                out.extend(scatter(&value).into_iter().take(group.len()));
            }
            out
        }

        /// The answer of a processor without the instructions, whatever is asked.
        fn unable<T>(_: impl Sized) -> Option<T> {
            None
        }

        /// Whether the processor has the instructions.
        #[multiversion(targets($target))]
        pub(super) fn able() -> bool {
            match_target! {
                $target => true,
                _ => false,
            }
        }

        /// For each point its comb ([`super::Base`]).
        #[multiversion(targets($target))]
        pub(super) fn combs(
            field: &Field,
            rows: u32,
            columns: usize,
            points: &[Digits],
        ) -> Option<Vec<Vec<Digits>>> {
            match_target! {
                $target => Some(combs_here(field, rows, columns, points)),
                _ => unable((field, rows, columns, points)),
            }
        }

        /// For each point its powers from 0 to below `count`.
        #[multiversion(targets($target))]
        pub(super) fn multiples(
            field: &Field,
            count: usize,
            points: &[Digits],
        ) -> Option<Vec<Vec<Digits>>> {
            match_target! {
                $target => Some(multiples_here(field, count, points)),
                _ => unable((field, count, points)),
            }
        }

        /// What the jobs come to. All chains have the same length.
        #[multiversion(targets($target))]
        pub(super) fn run(field: &Field, jobs: &[Job<'_>]) -> Option<Vec<Digits>> {
            match_target! {
                $target => Some(run_here(field, jobs)),
                _ => unable((field, jobs)),
            }
        }

        /// In each lane the product of the powers that stand there in the columns, with one run of
        /// squarings for all (Straus 1964), `windows` times four bits of each exponent.
        #[multiversion(targets($target))]
        pub(super) fn powers(
            field: &Field,
            windows: usize,
            columns: &[Vec<Power<'_>>],
        ) -> Option<Vec<Digits>> {
            match_target! {
                $target => Some(powers_here(field, windows, columns)),
                _ => unable((field, windows, columns)),
            }
        }

        /// For each row of exponents the product of these powers of prepared elements, whose tables
        /// have a window of four bits a row.
        #[multiversion(targets($target))]
        pub(super) fn fixed(
            field: &Field,
            tables: &[&[Vec<Digits>]],
            rows: &[Vec<&[u64]>],
        ) -> Option<Vec<Digits>> {
            match_target! {
                $target => Some(fixed_here(field, tables, rows)),
                _ => unable((field, tables, rows)),
            }
        }
    };
}
pub(super) use functions;
