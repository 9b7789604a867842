"""Dates and durations that are put to sprig, as templates; none depends on the moment at which it is asked."""

import json
from itertools import product

from original import Question

# 1970, a leap day, a summer, before 1970, before clocks had zones, beyond Python's years, beyond Go's.
_SECONDS = [0, 1709210096, 1752585245, -1, -2208988800, 253402300800, -62135596801, 9223372036854775807]
_LAYOUTS = r"""
2006-01-02
2006-01-02T15:04:05Z07:00
2006-01-02T15:04:05.999999999Z07:00
Mon Jan _2 15:04:05 2006
Mon Jan _2 15:04:05 MST 2006
Mon Jan 02 15:04:05 -0700 2006
02 Jan 06 15:04 MST
02 Jan 06 15:04 -0700
Monday, 02-Jan-06 15:04:05 MST
Mon, 02 Jan 2006 15:04:05 MST
3:04PM
3:4:5 pm
03:04:05 PM
Jan _2 15:04:05.000
Jan _2 15:04:05.000000000
15:04:05,000
15:04:05.9 05.99,999
05.0000000000000
002 __2 _2 2 02
_2006 __2006 _2_2
January Jan Janu JanX Jany january
Monday Mon Mont MonT
1 01 011 15 151 115
6 06 006 2 20 200 2006 20066
-07 -0700 -07:00 -070000 -07:00:00 -7 -070
Z07 Z0700 Z07:00 Z070000 Z07:00:00 Z Z7
MST MSTX PM pm P p Pm
plain text
é 2006 ü
100% 2006\n
""".strip().splitlines()
_ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Monrovia", "Pacific/Apia", "Local", ""]
_NO_ZONES = [
    "Nowhere/Land",
    "europe/berlin",
    "../etc/passwd",
    "/etc/localtime",
    "America",
    "zone.tab",
    "EST5EDT",
    "Etc/GMT+5",
]

_PARSED = [
    ("2006-01-02", "2024-02-29"),
    ("2006-01-02", "2023-02-29"),
    ("2006-01-02", "2023-13-01"),
    ("2006-01-02", ""),
    ("2006-01-02", "2023-1-2"),
    ("2006-01-02", "2023-01-02x"),
    ("2006-01-02", "x2023-01-02"),
    ("2006-01-02", " 2023-01-02"),
    ("2006-1-2", "2023-1-2"),
    ("2006-1-2", "2023-01-02"),
    ("2006-1-2", "2023-00-02"),
    ("2006-1-2", "2023-01-00"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T03:04:05Z"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T03:04:05+02:00"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T03:04:05.123456789-23:59"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T24:00:00Z"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T03:60:00Z"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T03:04:60Z"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T03:04:05+25:00"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T03:04:05+24:61"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T03:04:05*02:00"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T03:04:05+0200"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T03:04:05+0x:00"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T03:04:05"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T03:04:05,5Z"),
    ("2006-01-02T15:04:05Z07:00", "2023-01-02T03:04:05."),
    ("Mon Jan _2 15:04:05 2006", "Thu Feb  4 21:00:57 2010"),
    ("Mon Jan _2 15:04:05 2006", "Thu Feb 14 21:00:57 2010"),
    ("Mon Jan _2 15:04:05 2006", "THU feb   4 21:00:57 2010"),
    ("Mon Jan _2 15:04:05 2006", "Xxx Feb  4 21:00:57 2010"),
    ("Monday, 02-Jan-06 15:04:05 MST", "Thursday, 04-Feb-10 21:00:57 PST"),
    ("Monday, 02-Jan-06 15:04:05 MST", "Thursday, 04-Feb-69 21:00:57 UTC"),
    ("02 Jan 06 15:04 MST", "04 Feb 68 21:00 GMT+3"),
    ("02 Jan 06 15:04 MST", "04 Feb 68 21:00 GMT-24"),
    ("02 Jan 06 15:04 MST", "04 Feb 68 21:00 GMT"),
    ("02 Jan 06 15:04 MST", "04 Feb 68 21:00 CEST"),
    ("02 Jan 06 15:04 MST", "04 Feb 68 21:00 CHAST"),
    ("02 Jan 06 15:04 MST", "04 Feb 68 21:00 WITA"),
    ("02 Jan 06 15:04 MST", "04 Feb 68 21:00 ABCD"),
    ("02 Jan 06 15:04 MST", "04 Feb 68 21:00 ABCDEFT"),
    ("02 Jan 06 15:04 MST", "04 Feb 68 21:00 ChST"),
    ("02 Jan 06 15:04 MST", "04 Feb 68 21:00 +03"),
    ("02 Jan 06 15:04 MST", "04 Feb 68 21:00 -24"),
    ("02 Jan 06 15:04 MST", "04 Feb 68 21:00 ab"),
    ("02 Jan 06 15:04 -0700", "04 Feb 10 21:00 -0800"),
    ("02 Jan 06 15:04 -0700", "04 Feb 10 21:00 +0000"),
    ("02 Jan 06 15:04 -0700", "04 Feb 10 21:00 Z"),
    ("15:04 -07", "21:00 -08"),
    ("15:04 -07", "21:00 -8"),
    ("15:04 -070000", "21:00 -080130"),
    ("15:04 -07:00:00", "21:00 -08:01:30"),
    ("15:04 -07:00:00 MST", "21:00 +08:01:30 ABC"),
    ("15:04 Z070000", "21:00 Z"),
    ("15:04 Z07:00:00", "21:00 +00:00:61"),
    ("15:04 Z07", "21:00 Z"),
    ("3:04PM", "3:04AM"),
    ("3:04PM", "12:04AM"),
    ("3:04PM", "12:04PM"),
    ("3:04PM", "13:04PM"),
    ("3:04PM", "3:04pm"),
    ("3:04 pm", "3:04 PM"),
    ("03:04PM", "3:04PM"),
    ("15:04", "5:04"),
    ("15:4:5", "1:2:3"),
    ("15:04:05", "1:2:3"),
    ("15", "99"),
    ("2006 002", "2024 060"),
    ("2006 002", "2024 366"),
    ("2006 002", "2023 366"),
    ("2006 002", "2023 000"),
    ("2006 __2", "2023   7"),
    ("2006 002 01", "2023 032 02"),
    ("2006 002 01", "2023 032 03"),
    ("2006 002 2", "2023 032 2"),
    ("2006 002", "2023 07"),
    ("15:04:05.000", "01:02:03.123"),
    ("15:04:05.000", "01:02:03.12"),
    ("15:04:05.000", "01:02:03,123"),
    ("15:04:05.000", "01:02:03.1234"),
    ("15:04:05.999", "01:02:03"),
    ("15:04:05.999", "01:02:03.1234567891234"),
    ("15:04:05", "01:02:03.5"),
    ("15:04:05 .000", "01:02:03 .5x0"),
    ("05.000000000000", "01.000000000000"),
    ("2006", "-123"),
    ("06", "-1"),
    ("06", "+1"),
    ("06", "1"),
    ("06", "ab"),
    ("2006", "20x6"),
    ("January 2006", "may 2024"),
    ("January 2006", "Maybe 2024"),
    ("Jan 2006", "Septem 2024"),
    ("Monday", "monday"),
    ("Monday", "noday"),
    ("", ""),
    ("", "x"),
    ("x", ""),
    ("a b", "a   b"),
    ("a  b", "ab"),
    ("a b", "a"),
    ("é 2006", "é 2024"),
    ("é 2006", "e 2024"),
    ('"\\2006', '"\\2x24'),
    ("_2006", "_2024"),
    ("_2", " 3"),
    ("_2", "  3"),
    ("2006-01-02 15:04", "2021-03-28 02:30"),
    ("2006-01-02 15:04", "2021-10-31 02:30"),
    ("2006-01-02 15:04 MST", "2021-07-01 02:30 CEST"),
    ("2006-01-02 15:04 MST", "2021-07-01 02:30 CET"),
    ("2006-01-02 15:04 MST", "2021-07-01 02:30 EST"),
]

_DURATIONS = [
    "0",
    "+0",
    "-0",
    "1s",
    "-1s",
    "1.5h",
    "90m",
    "2h45m",
    "1h30m0.5s",
    "100ms",
    "1us",
    "1µs",
    "1μs",
    "1ns",
    "0.5ns",
    "999ns",
    "1000ns",
    "1001ns",
    "1.0000000001s",
    ".5s",
    "5.s",
    "-.s",
    ".",
    "s",
    "1",
    "1x",
    "1d",
    "1S",
    "1h1",
    "1hh",
    "1e3s",
    "1_0s",
    "++1s",
    "--1s",
    "9223372036854775807ns",
    "9223372036854775808ns",
    "-9223372036854775808ns",
    "-9223372036854775809ns",
    "2562047h47m16.854775807s",
    "2562048h",
    "99999999999999999999s",
    "0.999999999999999999999s",
    "0.100000000000000000000001h",
    "1m-1s",
    "23h59m59s",
    "24h",
    "24h0m1s",
    "48h",
    "720h",
    "720h1s",
    "8760h",
    "8760h1s",
    "87600h",
    "59s",
    "60s",
    "61s",
    "59m60s",
    "3600s",
    "3601s",
    "1.001s",
    "00001s",
    "0.3333333333333333333h",
    "1h0m0.000000001s",
    "876000h",
    "-90m",
]


def _call(name: str, *arguments: object) -> Question:
    """Make a case that calls a function with texts and numbers."""
    written = " ".join(
        json.dumps(item, ensure_ascii=False) if isinstance(item, str) else str(item) for item in arguments
    )
    return {"template": f"{{{{ {name} {written} }}}}"}


_ODD = [
    "{{ date }}",
    '{{ date "2006" }}',
    '{{ date "2006" 0 0 }}',
    "{{ date 1 0 }}",
    '{{ date "2006" (int64 86400) }}',
    '{{ dateInZone "2006" 0 }}',
    '{{ dateInZone "2006" 0 1 }}',
    "{{ htmlDate }}",
    "{{ htmlDate 0 }}",
    "{{ htmlDate (int64 1e9) }}",
    '{{ htmlDateInZone 0 "Asia/Tokyo" }}',
    '{{ htmlDateInZone 0 "x" }}',
    "{{ htmlDateInZone 0 }}",
    "{{ htmlDateInZone }}",
    '{{ htmlDate (toDate "2006" "1999") }}',
    "{{ htmlDate -1 }}",
    '{{ htmlDateInZone -1 "America/New_York" }}',
    "{{ htmlDateInZone 0 nil }}",
    '{{ dateModify "1h" 0 }}',
    '{{ dateModify "1h" }}',
    '{{ dateModify 1 (toDate "2006" "1999") }}',
    '{{ dateModify "x" (toDate "2006" "1999") }}',
    '{{ toDate "2006" "1999" | dateModify "-1.5h" }}',
    '{{ toDate "2006" "1999" | date_modify "8760h" }}',
    '{{ toDate "2006" "x" | date_modify "1ns" }}',
    '{{ date_modify "1h" nil }}',
    '{{ toDate "2006" "1999" | mustDateModify "x" }}',
    '{{ toDate "2006" "1999" | mustDateModify "" }}',
    '{{ toDate "2006" "1999" | must_date_modify "1h" }}',
    '{{ must_date_modify "1h" "x" }}',
    "{{ must_date_modify }}",
    '{{ must_date_modify "1x" (toDate "" "") }}',
    '{{ toDate "2006" "1999" | must_date_modify "9223372036854775807ns" }}',
    '{{ toDate "2006" "1999" | mustDateModify "1h" | date "15" }}',
    "{{ mustDateModify 1 2 }}",
    "{{ toDate }}",
    '{{ toDate "2006" }}',
    '{{ toDate "2006" 1 }}',
    "{{ mustToDate }}",
    '{{ mustToDate "2006" 1 }}',
    '{{ mustToDate "2006" nil }}',
    "{{ unixEpoch 1 }}",
    "{{ unixEpoch }}",
    '{{ unixEpoch (toDate "2006" "1999") }}',
    '{{ toDate "x" "y" | unixEpoch }}',
    '{{ unixEpoch "x" }}',
    "{{ unixEpoch nil }}",
    '{{ toDate "2006-01-02T15:04:05Z07:00" "1969-12-31T23:59:59.9Z" | unixEpoch }}',
    '{{ date_in_zone "15:04 MST" (toDate "2006" "1999") "Asia/Tokyo" }}',
    '{{ date_in_zone "15:04 MST" 0 "Asia/Tokyo" }}',
    '{{ date_in_zone "x" 0 }}',
    '{{ date_in_zone "" 0 "UTC" }}',
    '{{ date_in_zone "2006" -62135596801 "Nowhere" }}',
    "{{ date_in_zone }}",
    "{{ ago }}",
    "{{ ago 1 2 }}",
    '{{ ago (toDate "2006" "1") }}',
    '{{ ago (toDate "x" "1") }}',
    "{{ ago -9223372036 | len | lt 5 }}",
    '{{ (ago 0) | hasSuffix "s" }}',
    "{{ now 1 }}",
    "{{ now.Nope }}",
    "{{ now | kindOf }}",
    "{{ now nil }}",
    "{{ kindOf now }} {{ typeOf now }}",
    '{{ now | date "2006" | len }}',
    "{{ now.IsZero }} {{ now.Location }} {{ now.Unix | typeOf }}",
    "{{ duration }}",
    "{{ duration 90 }}",
    '{{ duration "90" }}',
    "{{ duration (int64 90) }}",
    '{{ duration "" }}',
    '{{ duration "1x" }}',
    "{{ duration 1.5 }}",
    "{{ duration nil }}",
    '{{ duration "-90" }}',
    '{{ duration "+90" }}',
    '{{ duration "9223372036854775807" }}',
    '{{ duration "99999999999999999999" }}',
    '{{ duration "-99999999999999999999" }}',
    '{{ duration "0x10" }}',
    '{{ duration "1_0" }}',
    "{{ duration (int64 86400) }}",
    '{{ duration "9223372037" }}',
    "{{ duration 1 2 }}",
    "{{ durationRound }}",
    "{{ durationRound 1 }}",
    "{{ durationRound (int64 90000000000) }}",
    "{{ durationRound nil }}",
    "{{ durationRound true }}",
    '{{ durationRound (toDate "2006" "1999") | hasSuffix "y" }}',
    '{{ durationRound (toDate "x" "") }}',
    "{{ durationRound (int64 -9223372036854775808) }}",
    '{{ durationRound "1h" "2h" }}',
]

_METHODS = r"""
.String
.Unix
.UnixMilli
.UnixMicro
.UnixNano
.Year
.Month
.Day
.YearDay
.Weekday
.Hour
.Minute
.Second
.Nanosecond
.IsDST
.IsZero
.UTC
.Location
.GoString
.Month.String
.Weekday.String
.Location.String
.UTC.Location
.Month | printf "%d %v %s"
.Weekday | int
.Format "Jan 2"
.Format 1
.Format
.Nope
.wall
.AddDate 0 1 0
.AddDate 1 -13 400
.AddDate 0 0 -1
.AddDate 0 1
.Sub .
.Equal .
.After .
.Before .
.Compare .
.MarshalJSON | printf "%s"
.MarshalText | printf "%s"
(.AddDate 9000 0 0).MarshalJSON
(.Sub (.AddDate 0 0 -1)).Hours
(.Sub (.AddDate 300 0 0)).String
(.Sub (.AddDate 0 0 -1)) | durationRound
(.Sub (.AddDate 0 0 -1)).Minutes
(.Sub (.AddDate 0 0 -1)).Seconds
(.Sub (.AddDate 0 0 -1)).Milliseconds
(.Sub (.AddDate 0 0 -1)).Round (.Sub (.AddDate 0 0 -7))
.Round (.Sub (.AddDate 0 0 -1))
.Truncate (.Sub (.AddDate 0 0 -1))
.Add (.Sub (.AddDate 0 0 -1))
.Add 5
printf "%v %s" . .
printf "%T" .
toJson .
list . . | toJson
printf "%q" .Month
toYaml .
dict "t" . | toYaml
printf "%T %T %T" .Month .Weekday .Location
toString .
eq .Year 2024
.In .Location
.In "UTC"
(.Sub .).Truncate (.Sub .)
(.Sub (.AddDate 0 0 1)).Abs
((.AddDate 0 0 1).Sub .).Round 7000000000000
((.AddDate 0 0 1).Sub .).Truncate 7000000000000
((.AddDate 0 0 1).Sub .).Round
((.AddDate 0 0 1).Sub .).Round 1 2
((.AddDate 0 0 1).Sub .).Truncate "1h"
int64 ((.AddDate 0 0 1).Sub .)
float64 ((.AddDate 0 0 1).Sub .)
add ((.AddDate 0 0 1).Sub .) 1
addf ((.AddDate 0 0 1).Sub .) 1
div ((.AddDate 0 0 1).Sub .) 1000
add .Month 1
addf .Weekday 1
.Round 86400000000000
.Truncate 86400000000000
.Round -1
.Date
.Date 1
1 | .Date
.Clock
.ISOWeek
.Zone
.Zone | print
.ZoneBounds
printf "%v" .Clock
"""
_IN_ZONES = (".Local", ".Local.Hour", ".Local 1", ".Local.UTC", ".Local.Zone")

DATES: list[Question] = [
    *(_call("date", layout, second) for layout, second in product(_LAYOUTS, _SECONDS)),
    *(
        _call("dateInZone", "2006-01-02T15:04:05Z07:00:00 MST", second, zone)
        for second, zone in product(_SECONDS, _ZONES)
    ),
    *(_call("dateInZone", "15:04 MST -0700 Z07", 1752585245, zone) for zone in _NO_ZONES),
    *(
        {**_call("date", "2006-01-02 15:04:05 -07:00:00 MST", second), "zone": "America/St_Johns"}
        for second in _SECONDS
    ),
    *(_call("mustToDate", *pair) for pair in _PARSED),
    *({**_call("mustToDate", *pair), "zone": "Europe/Berlin"} for pair in _PARSED[:40:5] + _PARSED[-5:]),
    *(_call("toDate", *pair) for pair in _PARSED[::4]),
    *(_call("durationRound", duration) for duration in _DURATIONS),
    *(
        {"template": f'{{{{ toDate "2006" "2000" | mustDateModify {json.dumps(duration, ensure_ascii=False)} }}}}'}
        for duration in _DURATIONS
    ),
    *({"template": template} for template in _ODD),
    *(
        {"template": f'{{{{ with toDate "2006-01-02T15:04:05Z07:00" "{moment}" }}}}{{{{ {method} }}}}{{{{ end }}}}'}
        for method in _METHODS.strip().splitlines()
        for moment in ("2024-02-29T13:14:15.16Z", "0001-01-01T00:00:00+01:30")
    ),
    *(
        {"template": f'{{{{ with toDate "2006-01-02" "2024-07-01" }}}}{{{{ {method} }}}}{{{{ end }}}}', "zone": zone}
        for method in _IN_ZONES
        for zone in ("UTC", "America/St_Johns")
    ),
]
