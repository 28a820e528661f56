"""Prints the holidays of Japan and China: see crates/calendar/data/README.md.

Takes the first year and the last one for Japan; China ends with the last year that was decreed.
"""

import sys

import holidays
from holidays.countries.china import ChinaStaticHolidays

first, last_japan = int(sys.argv[1]), int(sys.argv[2])
last_china = max(ChinaStaticHolidays.special_public_holidays)


def days_of(make, local, years):
    named = make(years=years, language=local)
    english = make(years=years, language="en_US")
    days = {day: (named[day], english[day]) for day in named if day.year in years}
    for day in named.weekend_workdays:
        if day.year in years:
            days[day] = ("", "")
    return sorted(days.items())


print("version", holidays.__version__, sep="\t")
for code, make, local, last in (
    ("JP", holidays.JP, "ja", last_japan),
    ("CN", holidays.CN, "zh_CN", last_china),
):
    print("years", code, first, last, sep="\t")
    for day, (name, name_en) in days_of(make, local, range(first, last + 1)):
        print("day", code, day.isoformat(), name, name_en, sep="\t")
