//! The network against an exact direct solution of the nodal matrix, ladders with known answers, and cases by hand.

use super::*;
use crate::random::{DieAddress, HostDraw, Stream};

/// Column currents by a dense Cholesky solution of all 2 R C nodes at once: nothing of it is shared with the solver.
fn direct(g: &[f64], rows: usize, columns: usize, lines: Lines, voltages: &[f64]) -> Vec<f64> {
    let n = 2 * rows * columns;
    let mut a = vec![0.0; n * n];
    let mut b = vec![0.0; n];
    let (row_node, column_node) =
        (|r: usize, c: usize| r * columns + c, |r: usize, c: usize| rows * columns + r * columns + c);
    let join = |a: &mut Vec<f64>, x: usize, y: usize, s: f64| {
        a[x * n + x] += s;
        a[y * n + y] += s;
        a[x * n + y] -= s;
        a[y * n + x] -= s;
    };
    for r in 0..rows {
        for c in 0..columns {
            join(&mut a, row_node(r, c), column_node(r, c), g[r * columns + c]);
            if c > 0 {
                join(&mut a, row_node(r, c - 1), row_node(r, c), 1.0 / lines.r_row);
            }
            if r > 0 {
                join(&mut a, column_node(r - 1, c), column_node(r, c), 1.0 / lines.r_column);
            }
        }
        let first = row_node(r, 0);
        a[first * n + first] += 1.0 / lines.r_row;
        b[first] += voltages[r] / lines.r_row;
    }
    for c in 0..columns {
        let last = column_node(rows - 1, c);
        a[last * n + last] += 1.0 / lines.r_column;
    }
    for k in 0..n {
        for i in k + 1..n {
            let factor = a[i * n + k] / a[k * n + k];
            if factor != 0.0 {
                for j in k..n {
                    a[i * n + j] -= factor * a[k * n + j];
                }
                b[i] -= factor * b[k];
            }
        }
    }
    for k in (0..n).rev() {
        for j in k + 1..n {
            b[k] -= a[k * n + j] * b[j];
        }
        b[k] /= a[k * n + k];
    }
    (0..columns).map(|c| b[column_node(rows - 1, c)] / lines.r_column).collect()
}

fn random(n: usize, most: f64, name: &str) -> Vec<f64> {
    let draw = HostDraw::new(4, Stream::Process, DieAddress::lot_level(0), name);
    (0..n as u32).map(|i| most * draw.uniforms(i)[0]).collect()
}

/// Largest difference relative to the largest value.
fn difference(found: &[f64], expected: &[f64]) -> f64 {
    let largest = expected.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    found.iter().zip(expected).map(|(a, b)| (a - b).abs() / largest).fold(0.0, f64::max)
}

#[test]
fn currents_are_those_of_the_nodal_matrix() {
    for (rows, columns, r_row, r_column, most) in
        [(8, 8, 1.0, 1.0, 25e-6), (12, 7, 0.1, 10.0, 225e-6), (7, 14, 10.0, 2.0, 225e-6), (16, 16, 5.0, 5.0, 100e-6)]
    {
        let lines = Lines { r_row, r_column };
        let g = random(rows * columns, most, "cells");
        let inputs = random(3 * rows, 0.2, "inputs");
        let crossbar = Crossbar::new(&g, rows, columns, lines).unwrap();
        let solution = crossbar.currents(&inputs).unwrap();
        assert!(solution.residual < 1e-10);
        let (effective, _) = crossbar.effective().unwrap();
        for (input, found) in inputs.chunks(rows).zip(solution.currents.chunks(columns)) {
            let exact = direct(&g, rows, columns, lines, input);
            assert!(difference(found, &exact) < 1e-9, "{rows} x {columns}: {}", difference(found, &exact));
            let product: Vec<f64> =
                (0..columns).map(|c| (0..rows).map(|r| effective[r * columns + c] * input[r]).sum()).collect();
            assert!(difference(&product, &exact) < 1e-9, "effective: {}", difference(&product, &exact));
            // The check must be able to fail: rows and columns swapped.
            if r_row != r_column {
                let swapped = Lines { r_row: r_column, r_column: r_row };
                assert!(difference(&direct(&g, rows, columns, swapped, input), &exact) > 1e-6);
            }
        }
    }
}

/// A network that need not be solved so far takes fewer steps and is as near as it says; its own estimate is no better than that.
#[test]
fn an_error_is_kept_and_used() {
    let lines = Lines { r_row: 5.0, r_column: 5.0 };
    let (g, input) = (random(256, 225e-6, "cells"), random(16, 0.2, "inputs"));
    let exact = direct(&g, 16, 16, lines, &input);
    let mut former = usize::MAX;
    for error in [1e-12, 1e-8, 1e-4, 1e-2] {
        let solution = Crossbar::to_error(&g, 16, 16, lines, error).unwrap().currents(&input).unwrap();
        assert!(solution.residual < error && solution.n_steps < former, "{error}: {solution:?}");
        assert!(difference(&solution.currents, &exact) < error.max(1e-11), "{error}");
        former = solution.n_steps;
    }
    let rough = Crossbar::to_error(&g, 16, 16, lines, 1e-2).unwrap().currents(&input).unwrap();
    assert!(difference(&rough.currents, &exact) > 1e-8, "one step cannot be exact");
    for error in [0.0, -1.0, f64::NAN, 1.0] {
        assert!(Crossbar::to_error(&g, 16, 16, lines, error).is_err());
    }
}

/// Largest error of the column nodes, relative to the largest input, at which a network stops, and what it is estimated to be.
fn error_and_estimate(lines: Lines, rows: usize, columns: usize, most: f64, error: f64) -> (f64, f64) {
    let (g, input) = (random(rows * columns, most, "cells"), random(rows, 0.2, "inputs"));
    let drives: Vec<[f64; 1]> = input.iter().map(|v| [*v]).collect();
    let nodes = |error| {
        let crossbar = Crossbar::to_error(&g, rows, columns, lines, error).unwrap();
        let mut space = crossbar.workspace::<1>();
        let settled = crossbar.column_nodes(&Sources { drives: &drives, raised: &[] }, &mut space).unwrap();
        (space.w, settled.residual)
    };
    let ((exact, _), (found, estimate)) = (nodes(1e-13), nodes(error));
    let apart = |(a, b): (&[f64; 1], &[f64; 1])| (a[0] - b[0]).abs();
    let largest = input.iter().fold(0.0f64, |most, v| most.max(*v));
    (found.iter().zip(&exact).map(apart).fold(0.0, f64::max) / largest, estimate)
}

/// From wires that hardly drop anything to such that most of the drive is lost in (coupling below .001 to .94). The estimate is above the
/// error, and within a hundred times of it: one that says nothing would not do.
#[test]
fn the_estimate_is_not_below_the_error() {
    for (rows, columns, r_row, r_column, most) in [
        (12, 7, 0.1, 10.0, 225e-6),
        (16, 16, 5.0, 5.0, 225e-6),
        (16, 16, 50.0, 50.0, 1e-3),
        (16, 16, 500.0, 200.0, 1e-3),
    ] {
        for asked in [1e-1, 1e-2, 1e-4, 1e-6, 1e-8, 1e-10] {
            let (error, estimate) = error_and_estimate(Lines { r_row, r_column }, rows, columns, most, asked);
            assert!(
                estimate < asked && error < estimate,
                "{r_row} ohm to {asked:e}: {error:e}, estimated {estimate:e}"
            );
            assert!(error > 0.01 * estimate, "{r_row} ohm to {asked:e}: {error:e}, estimated {estimate:e}");
        }
    }
}

/// Inputs are solved several at a time, each to its own error: what stands beside it makes no difference.
#[test]
fn a_small_input_is_as_exact_as_a_large_one() {
    let lines = Lines { r_row: 5.0, r_column: 5.0 };
    let (g, large) = (random(256, 225e-6, "cells"), random(16, 0.2, "inputs"));
    let small: Vec<f64> = large.iter().rev().map(|v| 1e-8 * v).collect();
    let crossbar = Crossbar::new(&g, 16, 16, lines).unwrap();
    let found = crossbar.currents(&[&*large, &*small, &[0.0; 16]].concat()).unwrap().currents;
    assert!(difference(&found[16..32], &direct(&g, 16, 16, lines, &small)) < 1e-9);
    assert_eq!(found[32..], [0.0; 16]);
}

/// V23: a row of cells to ground, 1 ohm and 25 uS: exact ladder 0.88141, 0.66770, 0.38503; tanh(Na)/(Na) within 0.4 %.
#[test]
fn v23_ladder() {
    for (n, expected) in [(128, 0.881_41), (256, 0.667_70), (512, 0.385_03)] {
        let lines = Lines { r_row: 1.0, r_column: 0.0 };
        let crossbar = Crossbar::new(&vec![25e-6; n], 1, n, lines).unwrap();
        let mean = crossbar.currents(&[1.0]).unwrap().currents.iter().sum::<f64>() / (25e-6 * n as f64);
        assert!((mean - expected).abs() < 1e-4, "{n}: {mean}");
        let na = n as f64 * 25e-6f64.sqrt();
        assert!((mean / (na.tanh() / na) - 1.0).abs() < 4e-3);
    }
}

/// One cell between two wires is three resistors in series; two cells of a row by hand.
#[test]
fn by_hand() {
    let lines = Lines { r_row: 1000.0, r_column: 300.0 };
    let currents = |g: &[f64]| Crossbar::to_error(g, 1, g.len(), lines, 1e-13).unwrap().currents(&[1.0]).unwrap();
    let one = currents(&[1e-3]);
    assert!((one.currents[0] - 1.0 / 2300.0).abs() < 1e-15);
    // Row: 1000 ohm, node a with 1300 ohm to ground, 1000 ohm more, node b with 1300 ohm to ground.
    let two = currents(&[1e-3; 2]);
    let behind = 1300.0 * 2300.0 / 3600.0;
    let a = behind / (1000.0 + behind);
    assert!((two.currents[0] - a / 1300.0).abs() < 1e-12 && (two.currents[1] - a / 2300.0).abs() < 1e-12);
}

#[test]
fn ideal_wires_give_the_ideal_product() {
    let (rows, columns) = (5, 4);
    let (g, v) = (random(20, 1e-4, "g"), random(5, 0.3, "v"));
    let ideal: Vec<f64> = (0..columns).map(|c| (0..rows).map(|r| g[r * columns + c] * v[r]).sum()).collect();
    let lines = Lines { r_row: 0.0, r_column: 0.0 };
    let crossbar = Crossbar::new(&g, rows, columns, lines).unwrap();
    assert!(difference(&crossbar.currents(&v).unwrap().currents, &ideal) < 1e-14);
    assert!(difference(&crossbar.effective().unwrap().0, &g) < 1e-14);
    for lines in [Lines { r_row: 2.0, r_column: 0.0 }, Lines { r_row: 0.0, r_column: 2.0 }] {
        let crossbar = Crossbar::new(&g, rows, columns, lines).unwrap();
        let tiny = Lines { r_row: lines.r_row.max(1e-7), r_column: lines.r_column.max(1e-7) };
        let exact = direct(&g, rows, columns, tiny, &v);
        assert!(difference(&crossbar.currents(&v).unwrap().currents, &exact) < 1e-7, "{lines:?}");
        let (effective, _) = crossbar.effective().unwrap();
        let product: Vec<f64> =
            (0..columns).map(|c| (0..rows).map(|r| effective[r * columns + c] * v[r]).sum()).collect();
        assert!(difference(&product, &exact) < 1e-7, "{lines:?}");
    }
}

#[test]
fn what_is_no_network_is_refused() {
    let lines = Lines { r_row: 1.0, r_column: 1.0 };
    assert!(Crossbar::new(&[], 0, 0, lines).is_err());
    assert!(Crossbar::new(&[1e-6; 3], 2, 2, lines).is_err());
    assert!(Crossbar::new(&[-1e-6], 1, 1, lines).is_err());
    assert!(Crossbar::new(&[f64::NAN], 1, 1, lines).is_err());
    assert!(Crossbar::new(&[1e-6], 1, 1, Lines { r_row: -1.0, ..lines }).is_err());
    assert!(Crossbar::new(&[1e-6], 1, 1, lines).unwrap().currents(&[f64::NAN]).is_err());
    assert!(Crossbar::new(&[1e-6; 2], 2, 1, lines).unwrap().currents(&[0.1]).is_err());
}

/// The card's mean and spread against a whole array with random weights and inputs: one gain for the array within 1 %, and the
/// error that it leaves within a factor of 1.5 of what independent places would make.
#[test]
fn the_cards_loss_is_that_of_the_network() {
    let levels: Vec<f64> = (0..8).map(|l| 25.0 * f64::from(l) / 7.0).collect();
    let (rows, columns) = (128, 64);
    let array =
        crate::spec::ArrayGeometry { rows, columns, weight_bits: 4, cells_in_parallel: 1, source: String::new() };
    let loss = WireLoss::of(&array, &levels, 1.0).unwrap();
    let draw = HostDraw::new(9, Stream::Process, DieAddress::lot_level(0), "weights");
    let weight = |row: usize, column: usize| (15.0 * draw.uniforms((row * columns + column) as u32)[0]).floor() - 7.0;
    // Plus and minus cells side by side on a row.
    let cell = |row: usize, line: usize| {
        let w = weight(row, line / 2);
        25e-6 * if line.is_multiple_of(2) { w.max(0.0) } else { (-w).max(0.0) } / 7.0
    };
    let g: Vec<f64> = (0..rows * 2 * columns).map(|i| cell(i / (2 * columns), i % (2 * columns))).collect();
    let inputs: Vec<f64> =
        random(16 * rows, 1.0, "drive").into_iter().map(|u| if u < 0.5 { 0.0 } else { 0.1 }).collect();
    let lines = Lines { r_row: 1.0, r_column: 1.0 };
    let currents = Crossbar::new(&g, rows, 2 * columns, lines).unwrap().currents(&inputs).unwrap().currents;
    let found: Vec<f64> = currents.chunks(2).map(|pair| pair[0] - pair[1]).collect();
    let of = |v: &[f64], column: usize, power: i32| -> f64 {
        (0..rows).map(|row| (25e-6 / 7.0 * weight(row, column) * v[row]).powi(power)).sum()
    };
    let outputs = || inputs.chunks(rows).flat_map(|v| (0..columns).map(move |column| (v, column)));
    let ideal: Vec<f64> = outputs().map(|(v, column)| of(v, column, 1)).collect();
    let gain = found.iter().zip(&ideal).map(|(f, i)| f * i).sum::<f64>() / ideal.iter().map(|i| i * i).sum::<f64>();
    assert!((gain / loss.mean - 1.0).abs() < 0.01, "gain {gain}, card {loss:?}");
    let left = found.iter().zip(&ideal).map(|(f, i)| (f - gain * i).powi(2)).sum::<f64>();
    let independent: f64 = outputs().map(|(v, column)| of(v, column, 2)).sum::<f64>() * (loss.rel_sd * gain).powi(2);
    let ratio = (left / independent).sqrt();
    println!("gain {gain:.4}, card {loss:?}, error over that of independent places {ratio:.2}");
    assert!((0.67..1.5).contains(&ratio), "{ratio}");
}

/// More inputs than columns go by the effective matrix; the answer is the same.
#[test]
fn many_inputs_give_what_few_give() {
    let (rows, columns) = (9, 6);
    let (g, v) = (random(rows * columns, 1e-3, "g"), random(20 * rows, 0.3, "v"));
    let crossbar = Crossbar::new(&g, rows, columns, Lines { r_row: 20.0, r_column: 5.0 }).unwrap();
    let many = crossbar.currents(&v).unwrap();
    let few: Vec<f64> = v.chunks(5 * rows).flat_map(|v| crossbar.currents(v).unwrap().currents).collect();
    assert!(many.residual < 1e-10 && many.n_steps > 1);
    assert!(difference(&many.currents, &few) < 1e-9);
}

/// Cost against ideal products of the same array in f64, each on one thread:
/// `RAYON_NUM_THREADS=1 cargo test --release --lib wires_cost -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, about 30 s"]
fn wires_cost() {
    let timed = |work: &mut dyn FnMut()| {
        let started = std::time::Instant::now();
        work();
        started.elapsed().as_secs_f64()
    };
    for (size, most, r) in [(256, 25e-6, 1.0), (64, 1e-3, 0.5), (128, 1e-3, 0.5), (256, 1e-3, 0.5)] {
        let g = random(size * size, most, "cells");
        for n in [1, 16, 256, 4096] {
            let inputs = random(n * size, 0.1, "inputs");
            let ideal = timed(&mut || {
                for v in inputs.chunks(size) {
                    let mut sums = vec![0.0; size];
                    for (g, v) in g.chunks(size).zip(v) {
                        sums.iter_mut().zip(g).for_each(|(sum, g)| *sum += g * v);
                    }
                    std::hint::black_box(&sums);
                }
            });
            for error in [1e-10, 2e-4] {
                let lines = Lines { r_row: r, r_column: r };
                let mut solution = None;
                let mut times: Vec<f64> = (0..5)
                    .map(|_| {
                        timed(&mut || {
                            let crossbar = Crossbar::to_error(&g, size, size, lines, error).unwrap();
                            solution = Some(crossbar.currents(&inputs).unwrap());
                        })
                    })
                    .collect();
                times.sort_by(f64::total_cmp);
                let (solved, Solution { n_steps, residual, .. }) = (times[2], solution.unwrap());
                println!(
                    "{size} x {size}, up to {most:.0e} S, {r} ohm, {n} inputs: ideal {ideal:.2e} s, wires {solved:.2e} s \
                     ({:.0} x), {n_steps} steps, error below {residual:.0e}",
                    solved / ideal
                );
            }
        }
    }
}
