"""What a colleague sends, encoded once: whole seconds that begin with a keyframe and can follow each other."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log10, sqrt

import av
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from meetings.rooms.demo.canvas import HEIGHT, WIDTH, Canvas
from meetings.rooms.demo.figure import Look, Moment, backdrop_of, draw
from meetings.rooms.demo.voice import RATE, Voice, murmur

FRAMES_PER_S = 15
PACKETS_PER_S = 50
"""Opus packets of 20 ms."""
LISTENS_S = 4
SPEAKS_S = 8
SILENT = 127
"""The audio level of silence (RFC 6464)."""

LAYERS = {"l": (320, 180, 110_000), "h": (640, 360, 220_000)}
"""Simulcast layers, the smallest first: width, height, bits a second."""
_FRAGMENT = 1100
"""Bytes of a frame in one packet."""
_STILL_HERE_EVERY = 20
"""Silence is told every 0.4 s, as a browser does with DTX."""
_SAMPLES = RATE // PACKETS_PER_S


Frame = Sequence[bytes]
"""A VP8 frame in fragments."""


@dataclass(frozen=True)
class Second:
    """frames: of each layer, VP8 frames in fragments. sounds: an Opus packet and its level, by its number in the
    second."""

    frames: Mapping[str, Sequence[Frame]]
    sounds: Mapping[int, tuple[bytes, int]]


def listening(look: Look) -> list[Second]:
    """Sitting there, in silence."""
    silence = _silence()
    sounds = dict.fromkeys(range(0, PACKETS_PER_S, _STILL_HERE_EVERY), (silence, SILENT))
    moments = [Moment(number / FRAMES_PER_S) for number in range(LISTENS_S * FRAMES_PER_S)]
    return [Second(frames, sounds) for frames in _encoded(look, moments)]


def speaking(look: Look, voice: Voice) -> list[Second]:
    """Having the floor."""
    samples = murmur(voice, SPEAKS_S)
    levels = [_rms(samples[at : at + _SAMPLES]) for at in range(0, len(samples), _SAMPLES)]
    packets = _packets(samples)
    moments = []
    for number in range(SPEAKS_S * FRAMES_PER_S):
        heard = levels[min(number * PACKETS_PER_S // FRAMES_PER_S, len(levels) - 1)]
        moments.append(Moment(number / FRAMES_PER_S, min(1.0, heard * 9), speaks=True))
    sounds = [(packet, _level(rms)) for packet, rms in zip(packets, levels, strict=False)]
    return [
        Second(frames, dict(enumerate(sounds[at * PACKETS_PER_S : (at + 1) * PACKETS_PER_S])))
        for at, frames in enumerate(_encoded(look, moments))
    ]


def _encoded(look: Look, moments: Sequence[Moment]) -> Iterator[Mapping[str, Sequence[Frame]]]:
    """The moments' pictures as VP8, second by second, each of which begins with a keyframe."""
    encoders = {rid: _encoder(*layer) for rid, layer in LAYERS.items()}
    backdrop = backdrop_of(look)
    for first in range(0, len(moments), FRAMES_PER_S):
        second: dict[str, list[Frame]] = {rid: [] for rid in LAYERS}
        for number, moment in enumerate(moments[first : first + FRAMES_PER_S], first):
            picture = _frame(draw(look, backdrop, moment))
            for rid, encoder in encoders.items():
                second[rid].append(_layer(encoder, picture, number))
        yield second


def _encoder(width: int, height: int, bit_rate: int) -> VideoCodecContext:
    encoder = VideoCodecContext.create("libvpx", "w")
    encoder.width, encoder.height = width, height
    encoder.pix_fmt, encoder.bit_rate = "yuv420p", bit_rate
    encoder.time_base, encoder.framerate = Fraction(1, FRAMES_PER_S), Fraction(FRAMES_PER_S)
    encoder.thread_count = 1
    encoder.options = {"deadline": "realtime", "cpu-used": "4", "lag-in-frames": "0", "auto-alt-ref": "0"}
    return encoder


def _layer(encoder: VideoCodecContext, picture: av.VideoFrame, number: int) -> Frame:
    frame = picture.reformat(encoder.width, encoder.height, interpolation="AREA")
    frame.pts = number
    frame.pict_type = PictureType.I if number % FRAMES_PER_S == 0 else PictureType.NONE
    data = b"".join(bytes(packet) for packet in encoder.encode(frame))
    return [data[at : at + _FRAGMENT] for at in range(0, len(data), _FRAGMENT)]


def _frame(canvas: Canvas) -> av.VideoFrame:
    large = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane, data in zip(large.planes, (canvas.y, canvas.u, canvas.v), strict=True):
        plane.update(bytes(data))
    return large


def _packets(samples: array[int]) -> list[bytes]:
    encoder = AudioCodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "s16"
    encoder.bit_rate, encoder.time_base = 24_000, Fraction(1, RATE)
    encoder.options = {"application": "voip", "frame_duration": "20", "vbr": "on"}
    packets = []
    for at in range(0, len(samples), _SAMPLES):
        frame = av.AudioFrame("s16", "mono", _SAMPLES)
        frame.sample_rate, frame.pts, frame.time_base = RATE, at, Fraction(1, RATE)
        frame.planes[0].update(samples[at : at + _SAMPLES].tobytes())
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


def _silence() -> bytes:
    """A packet without a frame in it: how Opus says that nothing is said (RFC 6716, 3.1, and 2.1.9 on DTX)."""
    return _packets(array("h", [0] * _SAMPLES * 3))[0][:1]


def _rms(samples: Sequence[int]) -> float:
    return sqrt(sum(each * each for each in samples) / len(samples)) / 32_768


def _level(rms: float) -> int:
    """Below overload in decibels, as RFC 6464 has it."""
    return min(SILENT, round(-20 * log10(rms))) if rms > 0 else SILENT
