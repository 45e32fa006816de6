# Every target is a command of bootstrap.py, which needs nothing but Python and also runs without make:
#   python bootstrap.py lab
PYTHON ?= python3

COMMANDS := help lab instructor test test-quick notebooks release demo prove grade bench setup lock environment

.DEFAULT_GOAL := help
.PHONY: $(COMMANDS)
$(COMMANDS):
	@$(PYTHON) bootstrap.py $@ $(ARGS)
