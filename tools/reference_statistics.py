#!/usr/bin/env python3
"""Prints the reference numbers of the tests in src/stats (needs scipy and statsmodels)."""

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower, TTestPower
from statsmodels.stats.proportion import proportion_confint


def expit(x):
    return 1 / (1 + np.exp(-x))


print("t quantile at level, df")
for level, df in [(0.95, 1), (0.95, 2), (0.95, 5), (0.95, 17.776), (0.8, 2.37), (0.99, 2.37), (0.999, 1), (0.999, 100)]:
    print("   ", level, df, repr(float(stats.t.ppf(0.5 + level / 2, df))))

print("power of the two-sided t test at critical value, df, noncentrality")
for level, df, delta in [(0.95, 1, 0), (0.95, 1, 16), (0.999, 1, 800), (None, 1.3, 5), (0.95, 2, 6), (None, 2.37, 0.7),
                         (0.95, 4, 3), (0.95, 10, 3.1), (0.95, 100, 2.8)]:
    critical = {1.3: 6.0, 2.37: 3.2}.get(df) or stats.t.ppf(0.5 + level / 2, df)
    power = stats.nct.sf(critical, df, delta) + stats.nct.cdf(-critical, df, delta)
    print("   ", repr(float(critical)), df, delta, repr(float(power)))

# Student's sleep data (1908), also in R as `sleep`.
drug_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
drug_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
for name, test in [
    ("sleep, Welch", stats.ttest_ind(drug_1, drug_2, equal_var=False)),
    ("sleep, paired", stats.ttest_rel(drug_1, drug_2)),
    ("sleep, mean of drug 2", stats.ttest_1samp(drug_2, 0)),
    ("3 against 4, Welch", stats.ttest_ind([5.1, 4.9, 5.6], [4.2, 4.4, 4.3, 4.9], equal_var=False)),
]:
    print(name, "p", test.pvalue, "interval", tuple(map(float, test.confidence_interval(0.95))))

print("effect in sds at power .8, 3+3 and 6+6:", TTestIndPower().solve_power(nobs1=3, alpha=0.05, power=0.8),
      TTestIndPower().solve_power(nobs1=6, alpha=0.05, power=0.8))
print("effect in sds at power .8, 6 pairs:", TTestPower().solve_power(nobs=6, alpha=0.05, power=0.8))

print("Wilson")
for k, n in [(0, 50), (81, 263), (15, 148), (0, 20), (1, 29)]:
    print("   ", k, n, tuple(map(float, proportion_confint(k, n, 0.05, "wilson"))))

# Logit-t: the t interval of the wafers' logits, moved to the logit of the pooled yield.
good, tested = np.array([480, 505, 451, 530, 498]), np.array([600, 600, 590, 600, 600])
share = (good + 0.5) / (tested + 1)
logits = np.log(share / (1 - share))
interval = stats.ttest_1samp(logits, 0).confidence_interval(0.95)
pooled = (good.sum() + 0.5) / (tested.sum() + 1)
centre = np.log(pooled / (1 - pooled))
half = (interval.high - interval.low) / 2
print("logit-t", good.sum() / tested.sum(), expit(centre - half), expit(centre + half))

print("Holm", multipletests([0.01, 0.04, 0.03, 0.005], method="holm")[1])


def robust_z(lots, groups):
    """Distance from the group's median over the rms of the nearest 70 % of distances (not yet scaled to sigma)."""
    distances = np.empty_like(lots)
    for group in np.unique(groups):
        of_group = groups == group
        distances[:, of_group] = lots[:, of_group] - np.median(lots[:, of_group], axis=1, keepdims=True)
    kept = np.sort(np.abs(distances), axis=1)[:, : int(np.ceil(0.7 * lots.shape[1]))]
    return np.abs(distances) / np.sqrt((kept**2).mean(axis=1, keepdims=True))


print("share of bad wafers found at 5 %: group sizes, wafers moved, sigmas")
rng = np.random.default_rng(1)
for sizes, moved, sigmas in [((12,), [4], 4), ((12,), [4], 6), ((12,), [4, 8], 6), ((9, 3), [4], 6),
                             ((9, 3), [4, 8], 10), ((3, 3), [4], 6)]:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    limit = np.quantile(robust_z(rng.standard_normal((200_000, len(groups))), groups).max(axis=1), 0.95)
    lots = rng.standard_normal((100_000, len(groups)))
    lots[:, moved] += sigmas
    print("   ", sizes, moved, sigmas, round(float((robust_z(lots, groups)[:, moved] > limit).mean()), 3))
