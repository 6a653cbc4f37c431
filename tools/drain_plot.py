# SPDX-License-Identifier: Apache-2.0
"""Draws the drain of an outage as SVG: what is left of the backlog, and how long a live reading and an alarm waited."""

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 360, 80, 90, 30, 50


def ticks(most, wanted=5):
    """Round numbers from 0 to at least `most`."""
    if most <= 0:
        return [0, 1]
    step = 10 ** len(str(int(most / wanted))) / 10 if most >= wanted else 1
    for factor in (1, 2, 5, 10):
        if most / (step * factor) <= wanted:
            step *= factor
            break
    count = int(most / step) + (0 if most % step == 0 else 1)
    return [step * i for i in range(count + 1)]


def thin(points, most=400):
    every = max(1, len(points) // most)
    return points[::every]


def line(points, color):
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{path}"/>'


def svg(curve):
    """`curve`: points with t (s), backlog (frames), reading_ms and alarm_most_ms (0: none was stored just then)."""
    times, left, right = (ticks(max(values)) for values in (
        [p["t"] for p in curve], [p["backlog"] for p in curve],
        [max(p["reading_ms"], p["alarm_most_ms"]) for p in curve] + [1000]))
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(t):
        return LEFT + wide * t / times[-1]

    def y(value, scale):
        return TOP + high * (1 - value / scale[-1])

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
           "<title>Backlog and waiting times while a fleet returns from an outage</title>",
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for t in times:
        out.append(f'<text x="{x(t):.1f}" y="{HEIGHT - 28}" text-anchor="middle">{t:g}</text>')
        out.append(f'<line x1="{x(t):.1f}" x2="{x(t):.1f}" y1="{TOP}" y2="{TOP + high}" stroke="#eee"/>')
    for value in left:
        out.append(f'<text x="{LEFT - 8}" y="{y(value, left) + 4:.1f}" text-anchor="end" fill="#1f4e79">{value:,.0f}</text>')
    for value in right:
        out.append(f'<text x="{WIDTH - RIGHT + 8}" y="{y(value, right) + 4:.1f}" fill="#b03a2e">{value:,.0f}</text>')
    goal = y(1000, right)
    out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{goal:.1f}" y2="{goal:.1f}" stroke="#b03a2e" stroke-dasharray="6 4"/>')
    out.append(line([(x(p["t"]), y(p["backlog"], left)) for p in thin(curve)], "#1f4e79"))
    for name, color in (("reading_ms", "#7d8b3a"), ("alarm_most_ms", "#b03a2e")):
        out += [f'<circle cx="{x(p["t"]):.1f}" cy="{y(p[name], right):.1f}" r="2.2" fill="{color}"/>'
                for p in curve if p[name] > 0]
    out += [f'<text x="{LEFT}" y="18" fill="#1f4e79">frames left of the outage</text>',
            f'<text x="{WIDTH / 2}" y="18" text-anchor="middle" fill="#7d8b3a">live readings, the middle one of each half second</text>',
            f'<text x="{WIDTH - 8}" y="18" text-anchor="end" fill="#b03a2e">slowest alarm; ms (dashed: 1 s)</text>',
            f'<text x="{LEFT + wide / 2}" y="{HEIGHT - 8}" text-anchor="middle">seconds since the first instrument dialed</text>',
            "</svg>"]
    return "\n".join(out) + "\n"
