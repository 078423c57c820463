"""Outlines as point arrays (k, 2): ovals, rounded polygons, smooth curves, thick strokes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

Point = tuple[float, float]
Points = np.ndarray
Coordinates = Sequence[Point] | np.ndarray


@lru_cache
def circle(count: int) -> Points:
    """A circle of radius 1 as `count` points (read-only)."""
    t = np.arange(count) * (2 * np.pi / count)
    points = np.stack([np.cos(t), np.sin(t)], 1)
    points.setflags(write=False)
    return points


def oval(x: float, y: float, rx: float, ry: float, angle: float = 0.0) -> Points:
    """An ellipse about (x, y) with radii rx, ry, turned by `angle` degrees."""
    points = circle(28 if max(rx, ry) > 0.12 else 14) * (rx, ry)
    return (turn(points, angle) if angle else points) + (x, y)


def turn(points: Points, angle: float) -> Points:
    """Points turned about the origin by `angle` degrees (clockwise on the screen, y points down)."""
    t = np.deg2rad(angle)
    c, s = np.cos(t), np.sin(t)
    return points @ np.array([[c, s], [-s, c]])


def rounded(points: Coordinates, times: int = 2) -> Points:
    """A polygon with its corners cut `times` times (Chaikin 1974): rounder at each time."""
    p = np.asarray(points, float)
    return _cuts(len(p), times) @ p


@lru_cache
def _cuts(count: int, times: int) -> np.ndarray:
    """The matrix that cuts the corners of a polygon with `count` corners."""
    p = np.eye(count)
    for _ in range(times):
        q = np.roll(p, -1, 0)
        p = np.stack([0.8 * p + 0.2 * q, 0.2 * p + 0.8 * q], 1).reshape(-1, count)
    return p


@lru_cache
def _spline(count: int, steps: int) -> np.ndarray:
    """The matrix (count·steps, count) that leads a closed Catmull-Rom curve through `count` points."""
    t = np.arange(steps) / steps
    weights = 0.5 * np.stack(
        [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3], 1
    )
    near = np.stack([np.roll(np.eye(count), shift, 0) for shift in (1, 0, -1, -2)], 1)
    return (weights @ near).reshape(-1, count)


def smooth(points: Coordinates, steps: int = 6) -> Points:
    """A closed Catmull-Rom curve through the points, with `steps` points for each given one."""
    return _spline(len(points), steps) @ np.asarray(points, float)


def box(x0: float, y0: float, x1: float, y1: float) -> Points:
    """The rectangle with those corners."""
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], float)


def stroke(points: Coordinates, width: float, end: float | None = None) -> Points:
    """A thick open line as a polygon; its width goes from `width` to `end` (default: the same)."""
    last = width if end is None else end
    if len(points) == 2:
        return _bar(points[0], points[1], width / 2, last / 2)
    p = np.asarray(points, float)
    d = np.gradient(p, axis=0)
    normal = np.stack([-d[:, 1], d[:, 0]], 1) / np.maximum(np.hypot(d[:, 0], d[:, 1]), 1e-9)[:, None]
    half = np.linspace(width, last, len(p))[:, None] / 2
    return np.concatenate([p + normal * half, (p - normal * half)[::-1]])


def _bar(a: Point | Points, b: Point | Points, start: float, end: float) -> Points:
    """A straight stroke from a to b with its half widths at both ends."""
    (ax, ay), (bx, by) = a, b
    length = max(math.hypot(bx - ax, by - ay), 1e-9)
    nx, ny = (ay - by) / length, (bx - ax) / length
    return np.array(
        [
            (ax + nx * start, ay + ny * start),
            (bx + nx * end, by + ny * end),
            (bx - nx * end, by - ny * end),
            (ax - nx * start, ay - ny * start),
        ]
    )


def spread(first: float, last: float, count: int) -> list[float]:
    """`count` numbers at equal distances from first to last, both included; the middle if one."""
    if count == 1:
        return [(first + last) / 2]
    return [first + (last - first) * k / (count - 1) for k in range(count)]
