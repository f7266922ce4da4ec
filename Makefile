# `make` alone lists the targets. The set-up runs before each that needs it and does nothing when all is in place.

.PHONY: help setup report test bench lint lock clean

help: ## lists these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

setup: ## makes .venv from requirements.lock, and sees to the system libraries
	@sh setup/environment.sh
	@.venv/bin/python setup/pango.py

report: setup ## from the centers' drops to results/report.pdf
	@.venv/bin/snakemake --cores 4
	@.venv/bin/python -m multicentric summary

test: setup ## runs the tests
	@.venv/bin/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadgroup

bench: setup ## times the workflow by stage, then the survival engine against lifelines, statsmodels and R
	@.venv/bin/python setup/bench.py; kept=$$?; .venv/bin/python -m bench.survival; exit $$kept

lint: setup ## checks style, types and workflow
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/snakefmt --check Snakefile rules
	@.venv/bin/mypy
	@.venv/bin/snakemake --lint

lock: ## pins requirements.in anew (pins that still fit stay; delete requirements.lock to renew all)
	@sh setup/lock.sh

clean: ## removes results and what tools leave behind; keeps .venv, the drops and the audit ledger
	@rm -rf results logs .snakemake studies/*/results studies/*/logs studies/*/.snakemake
	@rm -rf .pytest_cache .hypothesis .mypy_cache .ruff_cache
