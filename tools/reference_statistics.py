#!/usr/bin/env python3
"""Prints the reference numbers of the tests in src/stats (needs scipy and statsmodels)."""

from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower

print("t.ppf(.975, 5)          ", stats.t.ppf(0.975, 5))
print("2 t.sf(2, 7)            ", 2 * stats.t.sf(2, 7))
print("nct.cdf(2, 4, 1.5)      ", stats.nct.cdf(2, 4, 1.5))
print("nct.cdf(2.776, 4, 3)    ", stats.nct.cdf(2.776, 4, 3))
print("nct.cdf(1, 1, .5)       ", stats.nct.cdf(1, 1, 0.5))
welch = stats.ttest_ind([5.1, 4.9, 5.6], [4.2, 4.4, 4.3, 4.9], equal_var=False)
print("Welch p, 95 % interval  ", welch.pvalue, tuple(welch.confidence_interval(0.95)))
print("effect at power .8, 6+6 ", TTestIndPower().solve_power(nobs1=6, alpha=0.05, power=0.8, ratio=1))
print("Holm                    ", multipletests([0.01, 0.04, 0.03, 0.005], method="holm")[1])
