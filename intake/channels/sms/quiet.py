"""Quiet hours: when the clinic may write first, in the clinic's own zone."""

from datetime import datetime, time, timedelta

from intake.hours import clinic_zone


def is_quiet(moment: datetime, zone: str, begins: time, ends: time) -> bool:
    """Whether an aware moment lies in the quiet hours; they may run over midnight, equal times mean none."""
    if begins == ends:
        return False
    local = moment.astimezone(clinic_zone(zone)).time()
    return begins <= local < ends if begins < ends else local >= begins or local < ends


def next_allowed(moment: datetime, zone: str, begins: time, ends: time) -> datetime:
    """The moment itself, or the end of the quiet hours that it falls into."""
    if not is_quiet(moment, zone, begins, ends):
        return moment
    local = moment.astimezone(clinic_zone(zone))
    end = local.replace(hour=ends.hour, minute=ends.minute, second=ends.second, microsecond=0)
    if end <= local:
        day = local.date() + timedelta(days=1)
        end = datetime.combine(day, ends, tzinfo=local.tzinfo)
    return end
