#!/bin/sh
# Hypothesis draws other examples for a derandomized test as soon as another module of the project is loaded, or one of its constants changes.
#
# Versions: hypothesis 6.170.15, CPython 3.11, Linux.
# Expected: with `derandomize=True` "every run will test the same set of test cases until you update Hypothesis, Python, or the test function" (its documentation).
# Seen: one value of twenty is drawn from the constants that stand in all loaded modules of the project, so that an unrelated `import` changes what is drawn.
# A test that is green alone can be red in a whole run, or after a change of a file that it does not use.
# Output: "again: the same; beside another module: others".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install hypothesis==6.170.15
cd "$folder"
cat > unrelated.py <<'PYTHON'
NUMBERS = [918_273, 564_738, 112_358]
PYTHON
cat > drawn.py <<'PYTHON'
import sys

if sys.argv[1:]:
    import unrelated
from hypothesis import given, settings
from hypothesis import strategies as st

numbers = []


@settings(derandomize=True, database=None)
@given(st.integers())
def draw(number):
    numbers.append(number)


draw()
print(numbers)
PYTHON
first=$(venv/bin/python drawn.py)
again=$(venv/bin/python drawn.py)
beside=$(venv/bin/python drawn.py unrelated)
shown="again: $([ "$first" = "$again" ] && echo the same || echo others); beside another module: $([ "$first" = "$beside" ] && echo the same || echo others)"
echo "$shown"
[ "$shown" = "again: the same; beside another module: others" ]
