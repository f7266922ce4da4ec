# Called by bench/against_r.py: writes the data sets of R's survival package, and R's answers on them, into a folder.
suppressMessages(library(survival))
folder <- commandArgs(TRUE)[1]
control <- coxph.control(eps = 1e-13, iter.max = 100, toler.chol = 1e-14)
numbers <- function(x) {
  paste0("[", paste(ifelse(is.na(x), "null", sprintf("%.15g", x)), collapse = ","), "]")
}
answers <- c()
answer <- function(...) answers <<- c(answers, paste0("{", paste(..., sep = ","), "}"))
named <- function(name, value) sprintf('"%s":%s', name, value)

compare <- function(name, d, terms, strata, group, entry = NULL, cluster = strata) {
  d <- d[, unique(c("time", "event", terms, strata, group, entry, cluster))]
  d <- d[complete.cases(d), ]
  for (label in c(strata, group)) d[[label]] <- as.integer(factor(d[[label]]))
  write.csv(d, file.path(folder, paste0(name, ".csv")), row.names = FALSE)
  surv <- if (is.null(entry)) "Surv(time,event)" else paste0("Surv(", entry, ",time,event)")
  about <- c(named("data", sprintf('"%s"', name)), named("group", sprintf('"%s"', group)),
             named("stratum", sprintf('"%s"', strata)), named("cluster", sprintf('"%s"', cluster)),
             named("entry", if (is.null(entry)) "null" else sprintf('"%s"', entry)),
             named("terms", paste0('["', paste(terms, collapse = '","'), '"]')))
  d$.cluster <- d[[cluster]]
  within <- paste0("+strata(", strata, ")")
  for (ties in c("efron", "breslow")) for (stratified in c(TRUE, FALSE)) {
    f <- as.formula(paste(surv, "~", paste(terms, collapse = "+"), if (stratified) within else ""))
    fit <- suppressWarnings(coxph(f, d, ties = ties, control = control))
    robust <- suppressWarnings(coxph(f, d, ties = ties, control = control, cluster = .cluster))
    drift <- sapply(c("km", "identity"), function(g) cox.zph(fit, g, terms = FALSE)$table[, 1])
    answer(paste(about, collapse = ","), named("ties", sprintf('"%s"', ties)),
           named("stratified", tolower(stratified)), named("coefficients", numbers(coef(fit))),
           named("errors", numbers(sqrt(diag(vcov(fit))))),
           named("robust", numbers(sqrt(diag(vcov(robust))))),
           named("loglik", numbers(fit$loglik)), named("score", numbers(fit$score)),
           named("drift", numbers(drift)),
           named("concordance", numbers(fit$concordance[c("concordance", "std")])),
           named("residuals", numbers(c(sum(residuals(fit, "martingale")^2),
                                        sum(residuals(fit, "deviance")^2)))))
  }
  if (!is.null(entry)) return(invisible())
  test <- function(rho, more) survdiff(as.formula(paste(surv, "~", group, more)), d, rho = rho)$chisq
  curve <- survfit(Surv(time, event) ~ 1, d, conf.type = "log-log")
  quantiles <- quantile(curve, c(0.1, 0.25, 0.5, 0.75))
  horizon <- max(curve$time) * 0.6
  mean <- summary(curve, rmean = horizon)$table
  answer(paste(about, collapse = ","), named("horizon", sprintf("%.15g", horizon)),
         named("tests", numbers(c(test(0, ""), test(0, within), test(1, ""), test(1, within)))),
         named("quantiles", numbers(unlist(quantiles))),
         named("mean", numbers(mean[grep("mean", names(mean))])))
}

d <- colon[colon$etype == 2, ]; d$event <- d$status
d$lev <- as.integer(d$rx == "Lev"); d$both <- as.integer(d$rx == "Lev+5FU")
compare("colon", d, c("lev", "both", "age", "nodes", "obstruct"), "differ", "rx")
d <- kidney; d$event <- d$status
compare("kidney", d, c("age", "sex"), "disease", "sex", cluster = "id")
d <- pbc; d$event <- as.integer(d$status == 2); d$female <- as.integer(d$sex == "f")
compare("pbc", d, c("age", "bili", "albumin", "female"), "stage", "trt")
d <- ovarian; d$time <- d$futime; d$event <- d$fustat
compare("ovarian", d, c("age", "rx"), "ecog.ps", "rx")
d <- heart; d$time <- d$stop
compare("heart", d, c("age", "year"), "transplant", "surgery", entry = "start", cluster = "id")
d <- diabetic; d$event <- d$status
compare("diabetic", d, c("trt", "age", "risk"), "laser", "trt", cluster = "id")
d <- retinopathy; d$time <- d$futime; d$event <- d$status
compare("retinopathy", d, c("trt", "age", "risk"), "type", "trt", cluster = "id")
d <- rotterdam; d$time <- d$dtime; d$event <- d$death
compare("rotterdam", d, c("age", "nodes", "pgr", "er", "hormon"), "grade", "chemo")
d <- mgus2; d$time <- d$futime; d$event <- d$death
compare("mgus2", d, c("age", "hgb", "creat", "mspike"), "sex", "pstat")
d <- flchain; d$time <- d$futime; d$event <- d$death
compare("flchain", d, c("age", "kappa", "lambda", "creatinine"), "flc.grp", "sex")
d <- nwtco; d$time <- d$edrel; d$event <- d$rel
compare("nwtco", d, c("age", "histol", "instit"), "stage", "histol")
d <- stanford2; d$event <- d$status; d$older <- as.integer(d$age > 40); d$far <- as.integer(d$t5 > 1)
compare("stanford2", d, c("age", "t5"), "older", "far")
d <- transplant; d$time <- d$futime; d$event <- as.integer(d$event == "ltx")
compare("transplant", d, c("age", "year"), "abo", "sex")
d <- bladder; d$time <- d$stop
compare("bladder", d, c("rx", "number", "size"), "enum", "rx", cluster = "id")
d <- myeloid; d$time <- d$futime; d$event <- d$death; d$second <- as.integer(d$trt == "B")
compare("myeloid", d, "second", "sex", "trt")
d <- udca; d$time <- as.numeric(d$last.dt - d$entry.dt)
d$event <- as.integer(!is.na(d$death.dt) | !is.na(d$tx.dt))
compare("udca", d, c("bili", "riskscore", "trt"), "stage", "trt")
cat("[", paste(answers, collapse = ",\n"), "]\n", file = file.path(folder, "answers.json"))
