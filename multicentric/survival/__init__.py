"""Survival analysis on center blocks: arrays and small tables in, dataclasses out.

Knows no files and no study. Import from the module that holds the subject, so that a stage loads,
and depends on, nothing it does not use:

========================  ==============================================================
`kaplan_meier`            `kaplan_meier`, `reverse_kaplan_meier`
`log_rank`                `log_rank`: plain, stratified, Peto-Peto
`restricted_mean`         `restricted_mean`, `compare_restricted_means`, `pooled_contrasts`
`cox`                     `fit_cox`, `fit_blocks`, `add_block`, `wald_test`
`block`                   `Block`, `make_blocks`: what one center adds to the likelihood
`profile`, `firth`        `profile_interval`; `fit_firth` where the likelihood is monotone
`robust`                  `cluster_sandwich`, `center_jackknife`, `robust_score_test`
`center_effects`          `fixed_center_fit`, `center_estimates`, `leave_one_center_out`,
                          `interaction`, `heterogeneity_score_test`, `likelihood_ratio`
`frailty`                 `fit_frailty`, `median_hazard_ratio`: gamma and Gaussian
`random_slope`            `fit_random_slope`: a treatment effect that varies between centers
`meta_analysis`           `meta_analysis`: two-stage, fixed to REML with Hartung-Knapp
`proportional_hazards`    `proportional_hazards_test`
`coefficient_over_time`   scaled Schoenfeld residuals with their smooth and its band
`residuals`               martingale, deviance, score, dfbeta, (scaled) Schoenfeld
`concordance`, `predict`  `fit_concordance`, `concordance`; `predict_survival`
`response`, `two_groups`  rates and 2 x 2 tables; continuous variables in two groups
`logistic`                `fit_logistic`
`rubin`                   `pool_imputations`
`sensitivity`             `e_value`, `power_at_events`, `verdict`
========================  ==============================================================
"""
