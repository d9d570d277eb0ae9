"""Ordinary stories of plain pain, old or new, for the detector of described emergencies to stay silent on (scripts/train_described.py).

Put together at random from our own parts, so that words that meet by chance ("cheek … going down", "arm … since the summer")
are seen apart from an emergency. tests/safety/ordinary.py has parts of its own, which the detector never sees.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

_SITES = (
    "low back,lumbar area,bottom of my spine,bum,right buttock,sit bone,both hips,side of my left hip,inner thigh,quad,hammy,back of the knee,inside of my knee,"
    "shin splint area,calf,achilles tendon,outside of my ankle,under my heel,instep,forefoot,second toe,neck,left side of the neck,where neck meets shoulder,"
    "nape,upper back,one spot beside my shoulder blade,right shoulder,rotator cuff,biceps,inside of my elbow,tennis elbow,top of the forearm,right wrist,"
    "base of my thumb,knuckles,jaw,temple area when i clench,left cheek of my bum,ribcage on the left,collarbone,trap muscle,coccyx,sacrum,piriformis,both calves,both arms"
).split(",")
_DOES = (
    "hurts,has been hurting,is sore,is achy,feels tight,feels knotted,gets stabby,pinches,cramps at night,gives a sharp twinge,burns after sitting,is stiff first thing,"
    "pulses a bit after work,tingles now and then as it has for years,goes a little numb if i sit too long and comes right when i stand,feels weak when its sore but it isnt really,"
    "jumps if you press it,is hot and achy after a game,feels heavy by evening,locks for a second and lets go,cracks,is a mess,is driving me up the wall"
).split(",")
_TRAVELS = (
    ",,,,and goes down my leg as far as the knee,and runs down the outside of the leg,and it shoots to my heel sometimes,and creeps up the back of my head,and goes into the arm,"
    "and down into my hand,and across both shoulders,and round to my tummy when i twist,and up between the shoulder blades,and to the other side sometimes,and down both legs when i stand long"
).split(",")
_SINCE = (
    "for nine months,for about four years,for ages,for as long as i can remember,since january last year,since the spring,since the autumn before last,on and off since school,"
    "for the best part of a year,for seven or eight months,for over two years,ever since my thirties,for a couple of years now,since the summer holidays last year,half my life,for eleven months"
).split(",")
_MORE = (
    "it started after a house move|it crept up on me|i was in a small bump at a junction in 2018, checked over then|it began a few days after a long flight two years ago|"
    "too many hours at a desk|it came on when i trained for a 10k|since i had my kids|i fell off a ladder as a student and it was only bruised|i twisted it playing football years back|"
    "no accident or anything|stairs are bad|getting out of a low car is bad|turning over in bed wakes me|reaching for a seat belt gets it|looking over my shoulder is stiff|"
    "sitting at the cinema is murder|standing to wash up sets it off|sneezing gives it a jolt, has done from the start|deep breaths catch it if i twist, same for months|"
    "a hot water bottle helps|ibuprofen helps some|moving about helps|massage helps for two days|nothing really touches it|swimming is good|the physio before gave me bands|"
    "an ultrasound was clear|the gp pressed about and said muscles|my bloods last month were normal|heart tracing last year was perfect|i had a scan for clots once years ago, nothing|"
    "i am 57 and fit otherwise|i take something for cholesterol|bit of asthma, inhaler covers it|i had my gallbladder out in 2012|i get dizzy if i stand up fast, always did|"
    "i am worn out with it|it gets me down but i am ok|i cry at adverts anyway|i want to lift my grandchild|back to netball would be lovely|i want to sleep through|"
    "i work in a kitchen|i cut hair all day|farm work, so no light duties|i carry a toddler|my mate had needling and loved it|not keen on needles but ok|husband says to stop moaning|"
    "not at once, more like three days after|it came on a week later|i was fine at the time and stiff two days later|not right away, the next morning|it began some days after we moved|"
    "started after a long weekend of packing i think|not straight after the bump, about ten days later|first i felt nothing, then by the end of the week it was there|it built up over weeks|"
    "even a bra strap bothers it|a blanket on it is too much|a light brush of the skin hurts|my waistband annoys it|it burns like a sunburn|it feels electric when i bend|it gets worse the more i do|"
    "one step is ok, a hundred is not|each repeat makes it worse|cold water makes it ache|the skin looks a bit red after a hot bath|it itches now and then|the muscle twitches sometimes|"
    "press on it and it jumps|tight bands in the muscle|i can not turn my head all the way, never could since|goes dead if i cross my legs|pins and needles when i wake that go when i shake it|"
    "not straight away|its not that bad|it is not the worst pain|i do not think it is anything serious|i think it is muscular|not every day|it is like a toothache|it is like a tight rope|"
    "like a bruise that never heals|i think its the way i sit|not sure why|feels like it needs a good crack|like clockwork every winter|i am not one to complain|"
    "no tingling no numbness|bladder and all that normal|no fever no weight loss|legs are strong|no chest pain or anything|i never had cancer|i bruise easily, always did|"
    "i sweat buckets in summer|my heart races at spin class|i have put on weight since|i lost weight on purpose with a plan|my hands go to sleep if i lie on them|"
    "i drop the odd cup because of the thumb, for years|knees click like castanets|my feet are always cold|i walk the dog an hour a day|i grind my teeth"
).split("|")
# Pain that is new and plain: an overdone joint, a tweak, a strain. New by itself is no emergency.
_JOINTS = (
    "elbow,right elbow,left elbow,wrist,right wrist,thumb,ankle,left ankle,right ankle,knee,left knee,heel,foot,right shoulder,left shoulder,shoulder,hip,"
    "lower back,low back,forearm,hamstring,achilles,middle finger,hand,big toe,groin,neck,upper back,leg,left leg,right leg,arm,right arm,low back and left leg,low back and right leg,back and hip,neck and shoulder,neck and right arm,low back,back"
).split(",")
_NEW = (
    "since yesterday,for two days,for the past couple of days,for about a week,for a week or so,since last weekend,since tuesday,a couple of weeks ago,over the past three weeks,"
    "since two weeks,since three weeks,since a week,for some weeks,since about ten days,two weeks now,since monday last week,for a month now,lately,recently,the last few days,since friday night,over the last ten days,for a few weeks"
).split(",")
_HOW = (
    "i was digging the flower beds|i was playing tennis|i was lifting a sofa and felt a twinge|i felt a pop|i stepped off a kerb funny|i rolled it a bit at football but walked home|"
    "i was doing some activity with my nephew|i was painting a ceiling|i had started a new job with lots of typing|i did a long hike|i slept on it wrong|i reached for something on a shelf|"
    "i was carrying shopping|i was at the gym doing presses|i just woke up with it|i dont know what i did|nothing in particular happened|i banged it on a door and it bruised|"
    "i was playing with the dog|i tripped but did not really fall|i was bending down to pick up a sock"
).split("|")
_NOW = (
    "it just hurts|and its getting worse|its getting a bit worse every day|its not going away|so its hard to write because i am right handed|so its hard to do anything with it|"
    "it is a bit swollen|it hurts more afterwards|it hurts even when i rest|i cant really put a sock on because it hurts|it is worse when i use it|it gets sore when i walk on it|"
    "so i thought i would come and see someone|my wife told me to get it looked at|it is quite painful|it was a sudden pain and then it settled to an ache|it kind of comes and goes|"
    "its been bothering me|i have been icing it|i took some tylenol for it|i have not really done anything for it|i just want to know what it is|it is annoying at work"
).split("|")
_SPOKEN = "i think,like,not really,maybe,honestly,um,uh,like,you know,just,kind of,so,well,i mean,yeah,right,um and,uh so".split(",")
_NEW_FIRST = (
    "i have been having this pain in my {joint} {new}|ive got this really bad {joint} pain {new}|so i came in because my {joint} has been hurting {new}|my {joint} hurts {new}|"
    "yeah so my {joint} started hurting {new}|it is my {joint}, sore {new}|i have this {joint} thing {new}|i am having {joint} pain {new}|{joint}, {new}|{joint} pain, {new}|{joint} {new}|sore {joint} {new}"
).split("|")
_FIRST = (
    "my {site} {does} {travels} {since}|{site} {does} {since} {travels}|i have had a bad {site} {since} {travels}|its the {site}. it {does} {travels}. been like that {since}|"
    "pain in my {site} {since} {travels}, it {does}|awful pain in my {site} {travels} {since}|hello, {site} trouble {since}. {does} {travels}|so basically my {site} {does} and has done {since}"
).split("|")


def stories(count: int, seed: int = 1) -> Iterator[str]:
    """`count` stories, the same ones for the same seed: two of old pain, then one of new pain; half of them as spoken."""
    chance = random.Random(seed)
    for number in range(count):
        text = _new(chance) if number % 3 == 2 else _old(chance)
        yield _spoken(chance, text) if chance.random() < 0.5 else text


def _old(chance: random.Random) -> str:
    parts = {"site": _SITES, "does": _DOES, "travels": _TRAVELS, "since": _SINCE}
    first = chance.choice(_FIRST).format(**{name: chance.choice(values) for name, values in parts.items()})
    return _joined(chance, [first, *chance.sample(_MORE, chance.randint(0, 5))])


def _new(chance: random.Random) -> str:
    first = chance.choice(_NEW_FIRST).format(joint=chance.choice(_JOINTS), new=chance.choice(_NEW))
    rest = [chance.choice(_HOW), *chance.sample(_NOW, chance.randint(0, 4))]
    return _joined(chance, [first, *(rest if chance.random() < 0.75 else [])])


def _spoken(chance: random.Random, text: str) -> str:
    return " ".join(f"{word} {chance.choice(_SPOKEN)}" if chance.random() < 0.12 else word for word in text.split())


def _joined(chance: random.Random, parts: list[str]) -> str:
    text = chance.choice((". ", ", ", " and ", " ")).join(parts)
    return " ".join(text.split()).replace(" ,", ",").replace(" .", ".")
