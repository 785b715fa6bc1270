# Makefile of dsc. All that is made lies under build/. `make help` lists what can be asked for.
#
# A variant (VARIANT=asan, ubsan, tsan, nopcre) is the whole build once more in a folder
# of its own under build/. V=1 shows the commands.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# Goals that find or install what is missing before they build, and goals that build nothing.
FRONT := demo check check-fast check-asan check-ubsan check-tsan fuzz soak asan ubsan tsan lint clean help
ifneq ($(filter-out $(FRONT),$(or $(MAKECMDGOALS),all)),)
include build/config.mk
build/config.mk: configure
	@./configure $(CONFIG_ARGS)
else
NO_BUILD := 1
-include $(wildcard build/config.mk)
endif

VARIANT ?=
B := build$(if $(VARIANT),/$(VARIANT))
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-6s %s\n' $(1) $(subst $(B)/,,$@))
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))
SUBMAKE = $(MAKE) --no-print-directory $(JOBS)

# ---- flags -----------------------------------------------------------------

SANITIZE_asan := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SANITIZE_ubsan := -fsanitize=undefined -fno-sanitize-recover=all
SANITIZE_tsan := -fsanitize=thread
# The build of the targets in tests/fuzz; always by clang.
SANITIZE_fuzz := -fsanitize=fuzzer-no-link,address
SANITIZE := $(SANITIZE_$(VARIANT))
ifeq ($(VARIANT),)
OPT := -O2
# Nothing is unwound: what raises leaves by longjmp. Functions begin on a cache line, so that what one costs does not
# depend on what stands before it, which is something else in dsc than in each executable.
RUNTIME_OPT := -O3 -fno-asynchronous-unwind-tables -falign-functions=64
else
OPT := -O1 -g
RUNTIME_OPT := -O1 -g
ifeq ($(VARIANT),fuzz)
OPT := -O1 -gline-tables-only
RUNTIME_OPT := $(OPT)
endif
DEFINES := -DDSC_SANITIZE='"$(SANITIZE) -g"'
endif
# A dsc as `./configure --without-pcre2` would give, for the tests.
ifeq ($(VARIANT),nopcre)
OPT := -O0
RUNTIME_OPT := -O0
DEFINES :=
PCRE2_ARCHIVE :=
PCRE2_LIBS :=
CONFIG_H := $(B)/gen/config.h
endif

WARN := -Wall -Wextra -Wshadow -Werror -pedantic
# What flex and bison write is theirs.
WARN_MADE := $(WARN) -Wno-unused-function -Wno-unused-parameter -Wno-unused-variable -Wno-sign-compare \
    -Wno-overlength-strings -Wno-unused-but-set-variable
INCLUDE := -Icompiler -Icompiler/ops -Iruntime -Iruntime/include -I$(B)/gen -Ibuild
BASE := -std=c11 $(SANITIZE) $(INCLUDE) -MMD -MP
COMPILER_FLAGS := $(OPT) $(BASE) $(DEFINES) $(USER_CFLAGS)
# The runtime is linked into executables, static ones too, and into dsc itself; its results
# must not depend on the optimiser. Unused functions fall away when it is linked.
RUNTIME_FLAGS := $(RUNTIME_OPT) $(BASE) -fPIE -fwrapv -fno-strict-aliasing -ffp-contract=off \
    -ffunction-sections -fdata-sections $(USER_CFLAGS)
LINK := $(CC) $(SANITIZE) $(USER_CFLAGS) $(LDFLAGS)
# libtcc's wish for pages that are writable and executable goes to compiler/jit.c.
TCC_LINK := -Wl,--wrap=mprotect $(TCC_LIBS)

# ---- what there is ---------------------------------------------------------

COMPILER := $(filter-out compiler/embed.c,$(sort $(wildcard compiler/*.c compiler/ops/*.c compiler/reference/*.c)))
RUNTIME := $(sort $(wildcard runtime/*.c runtime/source/*.c runtime/sink/*.c runtime/format/*.c runtime/fn/*.c runtime/durable/*.c))
OPS := $(wildcard compiler/ops/op_*.c)
CONNS := $(wildcard runtime/source/src_*.c runtime/sink/snk_*.c runtime/format/fmt_*.c)
STDLIB := $(sort $(wildcard stdlib/*.ds))
HEADERS := $(wildcard runtime/include/*.h runtime/include/*.def)
UNIT := $(wildcard tests/unit/test_*.c)
HELPERS := $(wildcard tests/helpers/*.c)

object = $(patsubst %.c,$(B)/obj/%.o,$(1))
MADE := $(addprefix $(B)/gen/,dsc.tab.o dsc.lex.o ops.o bridge.o embed_headers.o stdlib.o)
COMPILER_OBJ := $(call object,$(COMPILER)) $(MADE) $(B)/gen/embed_libdsc.o
RUNTIME_OBJ := $(call object,$(RUNTIME)) $(B)/gen/conns.o
# The compiler without its command line: what the unit tests stand on.
LIBRARY_OBJ = $(filter-out $(B)/obj/compiler/main.o $(B)/obj/compiler/cmd_%,$(COMPILER_OBJ))
UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT))
HELPER_BIN := $(patsubst tests/helpers/%.c,$(B)/helpers/%,$(HELPERS))

# A stamp is renewed when its text changes, so that other flags or a file gone
# rebuild what they should.
stamp = $(shell mkdir -p $(B)/gen; echo '$(subst ','\'',$(2))' | cmp -s - $(B)/$(1) || echo '$(subst ','\'',$(2))' > $(B)/$(1))
ifndef NO_BUILD
$(call stamp,flags,$(PCRE2_ARCHIVE) $(PCRE2_LIBS) $(CC) $(COMPILER_FLAGS) $(RUNTIME_FLAGS) $(WARN) $(LDFLAGS))
$(call stamp,files,$(COMPILER) $(RUNTIME) $(STDLIB))
endif

.PHONY: all programs
all: $(B)/dsc
# All that the tests run.
programs: all $(HELPER_BIN) $(if $(VARIANT),,$(B)/crash/everywhere $(B)/crash/fault.so) $(B)/tables $(if $(filter 1,$(HAVE_CMOCKA)),$(UNIT_BIN)) $(if $(VARIANT),,fuzzers nopcre)

# ---- building --------------------------------------------------------------

$(B)/dsc: $(COMPILER_OBJ) $(B)/libdsc.a $(B)/files
	$(call say,LINK)
	$(Q)$(LINK) -o $@ $(COMPILER_OBJ) $(B)/libdsc.a $(PCRE2_LIBS) $(TCC_LINK)

$(B)/libdsc.a: $(RUNTIME_OBJ) $(B)/files
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(RUNTIME_OBJ)
ifneq ($(PCRE2_ARCHIVE),)
	@rm -rf $(B)/pcre2 && mkdir -p $(B)/pcre2
	$(Q)cd $(B)/pcre2 && $(AR) x $(PCRE2_ARCHIVE) && cd $(CURDIR) && $(AR) qS $@ $(B)/pcre2/*.o && $(AR) s $@
endif

$(B)/obj/compiler/%.o: compiler/%.c $(B)/flags
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(COMPILER_FLAGS) $(WARN) -c -o $@ $<

# What runs once a batch or less is made small: all of it lies in every executable.
COLD := source/% sink/% durable/% options args setup nodes dead bad zone calendar child engine batch log metrics rate guard signals \
    clock once rt_main main conn error crash notify
ifeq ($(VARIANT),)
$(addprefix $(B)/obj/runtime/,$(addsuffix .o,$(filter-out %/%,$(COLD)))): SIZE := -Os
$(filter $(addprefix $(B)/obj/runtime/,$(addsuffix .o,$(filter %/%,$(COLD)))),$(RUNTIME_OBJ)): SIZE := -Os
endif
$(B)/obj/runtime/%.o: runtime/%.c $(B)/flags
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(RUNTIME_FLAGS) $(SIZE) $(WARN) -c -o $@ $<

$(B)/gen/conns.o: $(B)/gen/conns.c $(B)/flags
	$(call say,CC)
	$(Q)$(CC) $(RUNTIME_FLAGS) $(WARN) -c -o $@ $<

$(B)/gen/%.o: $(B)/gen/%.c $(B)/flags
	$(call say,CC)
	$(Q)$(CC) $(COMPILER_FLAGS) $(WARN_MADE) -c -o $@ $<

# These headers exist before anything that may include them is compiled.
$(call object,$(COMPILER)) $(MADE): | $(B)/gen/dsc.tab.h $(B)/gen/dsc.lex.c
$(call object,$(COMPILER) $(RUNTIME)) $(MADE): | $(CONFIG_H)

# Found before that of build/.
$(B)/gen/config.h: build/config.h $(B)/flags
	$(Q)sed '/DSC_.*PCRE2/s/1$$/0/' $< > $@

$(B)/gen/dsc.tab.c $(B)/gen/dsc.tab.h &: grammar/dsc.y
	$(call say,BISON)
	$(Q)bison -Werror --defines=$(B)/gen/dsc.tab.h -o $(B)/gen/dsc.tab.c $<

$(B)/gen/dsc.lex.c: grammar/dsc.l
	$(call say,FLEX)
	$(Q)flex --header-file=$(B)/gen/dsc.lex.h -o $@ $<

$(B)/gen/ops.c: $(OPS) compiler/lists.sh $(B)/files
	$(call say,LIST)
	$(Q)compiler/lists.sh ops $(OPS) > $@

$(B)/gen/bridge.c: compiler/reference/bridge.sh $(HEADERS) $(B)/flags
	$(call say,LIST)
	$(Q)compiler/reference/bridge.sh $(CC) > $@

$(B)/gen/conns.c: $(CONNS) compiler/lists.sh $(B)/files
	$(call say,LIST)
	$(Q)compiler/lists.sh conns $(CONNS) > $@

$(B)/embed: compiler/embed.c compiler/embed.h $(B)/flags
	$(call say,CC)
	$(Q)$(CC) -O1 -std=c11 $(WARN) -Icompiler -o $@ $<

$(B)/gen/embed_headers.c: $(B)/embed $(HEADERS)
	$(call say,EMBED)
	$(Q)$(B)/embed --inline headers runtime/include/dsc_fn.h > $@

$(B)/gen/stdlib.c: $(B)/embed $(STDLIB) compiler/lists.sh $(B)/files
	$(call say,EMBED)
	$(Q)for f in $(STDLIB); do $(B)/embed stdlib_$$(basename $$f .ds) $$f; done > $@
	$(Q)compiler/lists.sh stdlib $(STDLIB) >> $@

$(B)/gen/embed_libdsc.c: $(B)/embed $(B)/libdsc.a
	$(call say,EMBED)
	$(Q)$(B)/embed libdsc $(B)/libdsc.a > $@

-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d $(B)/gen/*.d $(B)/unit/*.d $(B)/helpers/*.d)

# ---- tests -----------------------------------------------------------------

$(B)/unit/%: tests/unit/%.c $(COMPILER_OBJ) $(B)/libdsc.a
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(COMPILER_FLAGS) -MF $@.d -Itests/unit $(WARN) $(LDFLAGS) -o $@ $< \
	    $(LIBRARY_OBJ) $(B)/libdsc.a -lcmocka $(PCRE2_LIBS) $(TCC_LINK)

$(B)/tables: tests/tables.c $(COMPILER_OBJ) $(B)/libdsc.a
	$(call say,CC)
	$(Q)$(CC) $(COMPILER_FLAGS) -MF $@.d $(WARN) $(LDFLAGS) -o $@ $< \
	    $(LIBRARY_OBJ) $(B)/libdsc.a $(PCRE2_LIBS) $(TCC_LINK)

$(B)/helpers/%: tests/helpers/%.c $(B)/flags
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) -O1 -std=c11 $(WARN) -Iruntime/include -MMD -MP -MF $@.d -o $@ $<

# Jobs that go wrong at any place.
$(B)/crash/fault.so: tests/crash/fault.c tests/crash/undo.c tests/crash/fault.h $(B)/flags
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) -O1 -std=c11 $(WARN) -fPIC -shared -o $@ tests/crash/fault.c tests/crash/undo.c -lpthread

$(B)/crash/everywhere: tests/crash/everywhere.c $(B)/crash/fault.so
	$(call say,CC)
	$(Q)$(CC) -O1 -std=c11 $(WARN) -o $@ $< -ldl

.PHONY: nopcre
nopcre:
	+@$(SUBMAKE) VARIANT=nopcre all

.PHONY: fuzzers fuzz
COMPARE := $(if $(filter 1,$(HAVE_JANSSON)),$(B)/compare_json) $(if $(filter 1,$(HAVE_LIBCSV)),$(B)/compare_csv)
$(B)/compare_json: LIBRARY := -ljansson
$(B)/compare_csv: LIBRARY := -lcsv
$(B)/compare_%: tests/fuzz/compare_%.c $(B)/libdsc.a
	$(call say,CC)
	$(Q)$(CC) $(COMPILER_FLAGS) -MF $@.d $(WARN) $(LDFLAGS) -o $@ $< $(B)/libdsc.a $(LIBRARY) $(PCRE2_LIBS) -lpthread -lm

fuzzers: $(B)/gen_program $(COMPARE)
ifeq ($(HAVE_FUZZER),1)
	+@$(SUBMAKE) VARIANT=fuzz CC=clang USER_CFLAGS= build/fuzz/fuzz_program build/fuzz/fuzz_decode
endif

$(B)/fuzz_%: tests/fuzz/fuzz_%.c $(COMPILER_OBJ) $(B)/libdsc.a
	$(call say,CC)
	$(Q)$(CC) $(COMPILER_FLAGS) -MF $@.d $(WARN) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< \
	    $(LIBRARY_OBJ) $(B)/libdsc.a $(PCRE2_LIBS) $(TCC_LINK)

$(B)/gen_program: tests/fuzz/gen_program.c $(B)/flags
	$(call say,CC)
	$(Q)$(CC) -O1 -std=c11 $(WARN) -o $@ $<

# For long: so many programs, and some hundred times as many inputs of each target.
FUZZ_RUNS ?= 2000
FUZZ_SEED ?= 1
fuzz:
	@./configure --quiet --install-deps=check $(CONFIG_ARGS)
	@rm -rf build/results
	+@$(SUBMAKE) all fuzzers
	@FUZZ_RUNS=$(FUZZ_RUNS) FUZZ_SEED=$(FUZZ_SEED) tests/run.sh fuzz
	@tests/sum.sh

# Jobs that are killed or go wrong, for long: every source with every operator and sink, KILLS kills at random moments.
KILLS ?= 300
.PHONY: soak
soak: prepare-check
	@rm -rf build/results
	+@$(SUBMAKE) all build/crash/everywhere
	@SOAK=1 CRASH_STEP=1 KILLS=$(KILLS) DSC_TEST_LIMIT=3600 tests/run.sh cli/crash cli/crash_everywhere cli/crash_soak cli/runs_for_ever
	@tests/sum.sh

.PHONY: demo check check-fast check-asan check-ubsan check-tsan asan ubsan tsan suite bless lint bench reference cookbook

demo:
	@./configure --quiet --install-deps $(CONFIG_ARGS)
	+@$(SUBMAKE) all
	@echo
	build/dsc run examples/wordcount.ds

# The whole suite, then once more under each sanitizer; one line sums up all.
check: prepare-check
	@rm -rf build/results
	+@$(SUBMAKE) suite
	+@$(SUBMAKE) suite VARIANT=asan
	+@$(SUBMAKE) suite VARIANT=tsan
	@tests/sum.sh

check-fast: prepare-check
	@rm -rf build/results
	+@$(SUBMAKE) suite
	@tests/sum.sh

check-asan check-ubsan check-tsan: prepare-check
	@rm -rf build/results
	+@$(SUBMAKE) suite VARIANT=$(@:check-%=%)
	@tests/sum.sh

.PHONY: prepare-check
prepare-check:
	@./configure --quiet --install-deps=check $(CONFIG_ARGS)

# A build that fails is a test that failed; what could be built is tested.
suite:
	@mkdir -p build/results
	+@$(MAKE) --no-print-directory --keep-going programs || echo "FAIL $(B) does not build" >> build/results/all
	@DSC_VARIANT=$(VARIANT) tests/run.sh

asan ubsan tsan:
	@./configure --quiet $(CONFIG_ARGS)
	+@$(SUBMAKE) all VARIANT=$@

bless: programs
	@test -n "$(T)" || { echo "which one? make bless T=lang/wordcount" >&2; exit 2; }
	@tests/run.sh --bless $(T)

reference: $(B)/tables
	@$< reference > docs/reference.md

cookbook:
	@docs/cookbook.sh > docs/cookbook.md

lint:
	@tests/lint.sh

bench: all
	@bench/run.sh

# ---- installing ------------------------------------------------------------

.PHONY: install uninstall clean help
BIN = $(DESTDIR)$(PREFIX)/bin
MAN = $(DESTDIR)$(PREFIX)/share/man/man1
DOC = $(DESTDIR)$(PREFIX)/share/doc/dsc

install: all
	mkdir -p $(BIN) $(MAN) $(DOC)/examples
	install -m 755 build/dsc $(BIN)/dsc
	install -m 644 docs/dsc.1 $(MAN)/dsc.1
	install -m 644 README.md docs/*.md $(DOC)
	cp -R examples/. $(DOC)/examples

uninstall:
	rm -f $(BIN)/dsc $(MAN)/dsc.1
	rm -rf $(DOC)

clean:
	rm -rf build

help:
	@echo 'make              build build/dsc'
	@echo 'make demo         build, and run a word count over the documents of the project'
	@echo 'make check        all tests, then again under the address, undefined and thread sanitizers'
	@echo 'make check-fast   all tests without the sanitizers'
	@echo 'make check-asan   all tests under one sanitizer (or check-ubsan, check-tsan)'
	@echo 'make fuzz         random programs and inputs, FUZZ_RUNS=2000 of them'
	@echo 'make soak         jobs that are killed and go wrong anywhere, KILLS=300 of them at random moments'
	@echo 'make bless T=NAME rewrite the expectation of one test, such as lang/wordcount'
	@echo 'make reference    renew docs/reference.md from the tables of the compiler'
	@echo 'make cookbook     renew docs/cookbook.md from examples/cookbook'
	@echo 'make lint         the rules on layers, length and form of the sources'
	@echo 'make bench        measure against hand-written C'
	@echo 'make asan         a build under a sanitizer in build/asan (or ubsan, tsan)'
	@echo 'make install      into PREFIX ($(or $(PREFIX),/usr/local)), below DESTDIR'
	@echo 'make uninstall    what install put there'
	@echo 'make clean        remove build/'
	@echo 'CC=clang, V=1 (show commands) and -j go with any of these.'
