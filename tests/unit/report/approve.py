"""Keep the five pages as they look now; look at them first."""

from tests.unit.report.pictures import pictures_of
from tests.unit.report.test_golden_pages import GOLDEN

if __name__ == "__main__":
    for name, picture in pictures_of().items():
        picture.quantize(16).save(GOLDEN / f"{name}.png", optimize=True)
