# Rscript logistic.R > gold_logistic.json
# Logistic models of the treatment on the other covariates (R 4.2.2, stats), and the concordance of their fitted values.
numbers <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ", "), "]")
cases <- c()
for (name in c("lung", "cgd_first", "gbsg", "veteran", "simcenters_a")) {
  d <- read.csv(file.path("data", paste0(name, ".csv")))
  terms <- setdiff(names(d), c("center", "time", "event", "entry", "weight", "trt"))
  f <- as.formula(paste("trt ~", paste(terms, collapse = "+")))
  fit <- glm(f, binomial, d, control = glm.control(epsilon = 1e-15, maxit = 100))
  score <- unname(fitted(fit))
  exposed <- score[d$trt == 1]
  reference <- score[d$trt == 0]
  pairs <- outer(exposed, reference, function(a, b) (a > b + 1e-12) + (abs(a - b) <= 1e-12) / 2)
  cases <- c(cases, sprintf(
    '{"id": "%s/logistic", "kind": "logistic", "file": "data/%s.csv", "values": {"coef": %s, "loglik": %.15g, "fitted": %s, "concordance": %.15g}}',
    name, name, numbers(coef(fit)), as.numeric(logLik(fit)), numbers(score[1:25]), mean(pairs)))
}
cat('{"cases": [\n', paste(cases, collapse = ",\n"), "\n]}\n", sep = "")
