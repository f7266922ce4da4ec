# Rscript zph_smooth.R > gold_zph_smooth.json
# The smooth of scaled Schoenfeld residuals as plot.cox.zph draws it (survival 3.5-3), with a normal quantile for its 2.
library(survival)
numbers <- function(x) paste0("[", paste(ifelse(is.na(x), "null", sprintf("%.15g", x)), collapse = ", "), "]")
cases <- c()
for (name in c("lung", "cgd_first", "gbsg", "veteran", "simcenters_a")) {
  d <- read.csv(file.path("data", paste0(name, ".csv")))
  terms <- setdiff(names(d), c("center", "time", "event", "entry", "weight"))
  f <- as.formula(paste("Surv(time, event) ~", paste(terms, collapse = "+"), "+ strata(center)"))
  fit <- coxph(f, d, control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50))
  for (transform in c("km", "identity")) {
    z <- cox.zph(fit, transform, terms = FALSE)
    places <- seq(min(z$x), max(z$x), length = 40)
    basis <- splines::ns(c(places, z$x), df = 4, intercept = TRUE)
    at <- basis[1:40, ]
    smooth <- half <- c()
    for (j in seq_along(terms)) {
      known <- !is.na(z$y[, j])
      q <- qr(basis[-(1:40), ][known, ])
      inverse <- backsolve(q$qr[1:4, 1:4], diag(4))
      spread <- rowSums((at %*% (inverse %*% t(inverse))) * at)
      smooth <- cbind(smooth, at %*% qr.coef(q, z$y[known, j]))
      half <- cbind(half, qnorm(0.975) * sqrt(spread * z$var[j, j]))
    }
    cases <- c(cases, sprintf(
      '{"id": "%s/smooth_%s", "kind": "zph_smooth_%s", "file": "data/%s.csv", "values": {"places": %s, "residuals": %s, "smooth": [%s], "half": [%s]}}',
      name, transform, transform, name, numbers(places), numbers(colMeans(z$y^2, na.rm = TRUE)),
      paste(apply(t(smooth), 1, numbers), collapse = ", "),
      paste(apply(t(half), 1, numbers), collapse = ", ")))
  }
}
cat('{"cases": [\n', paste(cases, collapse = ",\n"), "\n]}\n", sep = "")
