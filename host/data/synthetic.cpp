// Digits like handwritten ones: curves through a few points, disturbed at random, drawn with a round pen, then
// scaled into 20×20 pixels and centred by mass in 28×28, as MNIST's digits were.
//
// Only + − × ÷ and square roots are used, which IEEE 754 rounds alike everywhere; CMakeLists.txt compiles this file
// without fused multiply-add, so the same seed gives the same bytes on every machine.
#include <algorithm>
#include <array>
#include <cmath>
#include <thread>

#include "ae/arithmetic.h"
#include "ae/dataset.h"
#include "base/cpu_info.h"

namespace ae {
namespace {

constexpr int kSide = 28;
constexpr float kBox = 20;          // pixels that the longer side of a digit takes
constexpr float kMargin = 1;        // pixels without ink at the border
constexpr int kPiecesPerSpan = 5;   // straight pieces between two points of a curve
constexpr float kSoftEdge = 0.65f;  // pixels from the pen's rim over which ink fades, inwards and outwards

struct Point {
    float x = 0, y = 0;
    friend Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
    friend Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
    friend Point operator*(float s, Point a) { return {s * a.x, s * a.y}; }
    friend bool operator==(Point a, Point b) { return a.x == b.x && a.y == b.y; }
};

float dot(Point a, Point b) {
    return a.x * b.x + a.y * b.y;
}

using Stroke = std::vector<Point>;  // points that the pen passes; a point given twice is a corner
using Glyph = std::vector<Stroke>;  // x to the right, y down, both about 0…100

/// The ways of writing each digit.
const std::array<std::vector<Glyph>, 10>& glyphs() {
    static const std::array<std::vector<Glyph>, 10> kGlyphs{{
        {{{{58, 4}, {26, 16}, {10, 55}, {30, 94}, {64, 90}, {88, 55}, {78, 14}, {50, 3}}},
         {{{45, 6}, {20, 30}, {16, 68}, {40, 97}, {72, 82}, {82, 42}, {66, 8}, {40, 8}, {32, 18}}}},
        {{{{50, 0}, {51, 33}, {49, 66}, {50, 100}}},
         {{{54, 0}, {52, 50}, {46, 100}}},
         {{{32, 20}, {54, 2}, {54, 2}, {53, 50}, {51, 100}}},
         {{{30, 22}, {52, 2}, {52, 2}, {51, 50}, {50, 98}}, {{24, 99}, {78, 97}}}},
        {{{{14, 24}, {38, 3}, {70, 10}, {74, 36}, {48, 68}, {12, 96}, {12, 96}, {50, 93}, {90, 94}}},
         {{{16, 20}, {42, 2}, {74, 14}, {70, 44}, {44, 78}, {18, 94}, {10, 82}, {28, 74}, {58, 90}, {92, 88}}}},
        {{{{16, 14}, {46, 2}, {74, 16}, {64, 38}, {38, 47}, {38, 47}, {74, 56}, {80, 82}, {50, 99}, {12, 88}}},
         {{{14, 6}, {48, 4}, {78, 4}, {78, 4}, {42, 40}, {42, 40}, {76, 54}, {76, 84}, {44, 99}, {10, 86}}}},
        {{{{24, 4}, {20, 28}, {12, 50}, {12, 50}, {50, 52}, {88, 48}}, {{74, 6}, {70, 50}, {64, 100}}},
         {{{62, 2}, {36, 34}, {8, 64}, {8, 64}, {50, 62}, {92, 60}}, {{64, 3}, {62, 50}, {60, 100}}},
         {{{22, 6}, {16, 40}, {40, 52}, {74, 40}, {78, 6}, {78, 6}, {74, 52}, {70, 100}}}},
        {{{{80, 3}, {52, 5}, {28, 6}, {28, 6}, {20, 44}, {20, 44}, {56, 40}, {80, 64}, {62, 94}, {14, 94}}},
         {{{26, 6}, {22, 44}, {22, 44}, {60, 42}, {78, 70}, {54, 97}, {12, 90}}, {{26, 7}, {56, 5}, {86, 1}}}},
        {{{{72, 2}, {38, 26}, {14, 66}, {34, 97}, {70, 90}, {74, 62}, {46, 54}, {18, 74}}},
         {{{48, 0}, {26, 34}, {20, 76}, {46, 99}, {78, 82}, {62, 58}, {34, 66}, {22, 84}}}},
        {{{{10, 8}, {46, 7}, {86, 5}, {86, 5}, {60, 44}, {42, 100}}},
         {{{12, 26}, {14, 8}, {14, 8}, {50, 8}, {84, 6}, {84, 6}, {62, 48}, {50, 100}}},
         {{{10, 8}, {46, 6}, {84, 7}, {84, 7}, {60, 50}, {46, 100}}, {{32, 54}, {56, 51}, {80, 50}}}},
        {{{{76, 16}, {46, 2}, {22, 20}, {46, 46}, {74, 72}, {48, 99}, {20, 78}, {46, 50}, {72, 26}, {74, 14}}},
         {{{50, 3}, {26, 24}, {50, 47}, {72, 24}, {50, 3}}, {{50, 47}, {20, 74}, {48, 98}, {80, 74}, {50, 47}}}},
        {{{{76, 22}, {48, 3}, {18, 26}, {34, 50}, {66, 40}, {78, 14}, {78, 14}, {74, 56}, {66, 100}}},
         {{{74, 24}, {46, 2}, {20, 26}, {40, 50}, {72, 34}, {74, 20}, {78, 60}, {58, 96}, {22, 92}}},
         {{{78, 10}, {40, 6}, {20, 32}, {46, 50}, {76, 30}, {78, 10}, {70, 50}, {48, 100}}}},
    }};
    return kGlyphs;
}

/// The random numbers of one image.
class Random {
public:
    Random(std::uint64_t seed, std::uint64_t image) : seed_(mix(seed ^ 0x64696769747Cu)), image_(image) {}

    std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() * static_cast<float>(n)); }
    float between(float low, float high) { return low + (high - low) * next(); }

    /// Bell-shaped around `mean`, never further than 2·spread from it.
    float around(float mean, float spread) { return mean + spread * (2 * (next() + next()) - 2); }

private:
    float next() { return unit_uniform(random_bits(seed_, image_, position_++)); }

    std::uint64_t seed_, image_, position_ = 0;
};

/// A round pen's straight move.
struct PenStroke {
    Point from, to;
    float radius = 0;  ///< pixels
};

/// Point at t in 0…1 of the curve from b to c that Catmull and Rom (1974) draw through a, b, c, d.
Point on_curve(Point a, Point b, Point c, Point d, float t) {
    const Point linear = c - a;
    const Point square = 2 * a - 5 * b + 4 * c - d;
    const Point cube = 3 * b - a - 3 * c + d;
    return b + 0.5f * t * (linear + t * (square + t * cube));
}

/// Straight pieces along a stroke; the pen is pressed more or less on the way.
void trace(const Stroke& stroke, float radius, Random& random, std::vector<PenStroke>& moves) {
    const std::size_t last = stroke.size() - 1;
    const float press = random.around(0, 0.12f);
    for (std::size_t i = 0; i < last; ++i) {
        if (stroke[i] == stroke[i + 1]) continue;
        Point from = stroke[i];
        for (int piece = 1; piece <= kPiecesPerSpan; ++piece) {
            const float t = static_cast<float>(piece) / kPiecesPerSpan;
            const Point to =
                on_curve(stroke[i == 0 ? 0 : i - 1], stroke[i], stroke[i + 1], stroke[std::min(i + 2, last)], t);
            const float way = (static_cast<float>(i) + t) / static_cast<float>(last);
            moves.push_back({from, to, radius * (1 + press * (2 * way - 1))});
            from = to;
        }
    }
}

/// A handwriting: a transformation of every point of a glyph.
struct Hand {
    explicit Hand(Random& random)
        : width(random.around(0.82f, 0.22f)),
          slant(random.around(-0.18f, 0.26f)),
          tilt(random.around(0, 0.09f)),
          bow(random.around(0, 0.3f)),
          shake(random.between(2, 8)) {}

    Point write(Point p, Random& random) const {
        const float x = (p.x - 50 + random.around(0, shake)) / 100, y = (p.y - 50 + random.around(0, shake)) / 100;
        return {width * x + slant * y + bow * (y * y), y + tilt * x};
    }

    float width, slant, tilt, bow, shake;
};

std::vector<PenStroke> write_glyph(const Glyph& glyph, Random& random) {
    const Hand hand(random);
    const float radius = random.between(0.78f, 1.8f);
    std::vector<PenStroke> moves;
    for (const Stroke& stroke : glyph) {
        Stroke written;
        for (std::size_t i = 0; i < stroke.size(); ++i)
            written.push_back(i > 0 && stroke[i] == stroke[i - 1] ? written.back() : hand.write(stroke[i], random));
        trace(written, radius, random, moves);
    }
    return moves;
}

/// The shift of a line of ink from `low` to `high`: the wanted one, limited by the border.
float within_image(float shift, float low, float high, float reach) {
    return std::clamp(shift, kMargin + reach - low, kSide - kMargin - reach - high);
}

/// Scales the ink into the box and moves its centre of mass to the middle of the image.
void fit(std::vector<PenStroke>& moves) {
    Point low{1e9f, 1e9f}, high{-1e9f, -1e9f}, moment;
    float mass = 0, radius = 0;
    for (const PenStroke& m : moves) {
        for (const Point p : {m.from, m.to}) {
            low = {std::min(low.x, p.x), std::min(low.y, p.y)};
            high = {std::max(high.x, p.x), std::max(high.y, p.y)};
        }
        const float length = std::sqrt(dot(m.to - m.from, m.to - m.from));
        moment = moment + 0.5f * length * (m.from + m.to);
        mass += length;
        radius = std::max(radius, m.radius);
    }
    const float scale = (kBox - 2 * radius) / std::max({high.x - low.x, high.y - low.y, 0.1f});
    const Point centred = Point{kSide * 0.5f, kSide * 0.5f} - (scale / mass) * moment;
    const Point shift{within_image(centred.x, scale * low.x, scale * high.x, radius + kSoftEdge),
                      within_image(centred.y, scale * low.y, scale * high.y, radius + kSoftEdge)};
    for (PenStroke& m : moves) m = {scale * m.from + shift, scale * m.to + shift, m.radius};
}

void draw(const PenStroke& m, std::uint8_t* image) {
    const float reach = m.radius + kSoftEdge;
    const auto pixel_of = [](float at) { return std::clamp(static_cast<int>(at), 0, kSide - 1); };
    const int left = pixel_of(std::min(m.from.x, m.to.x) - reach), right = pixel_of(std::max(m.from.x, m.to.x) + reach);
    const int top = pixel_of(std::min(m.from.y, m.to.y) - reach), foot = pixel_of(std::max(m.from.y, m.to.y) + reach);
    const Point along = m.to - m.from;
    const float per_length = 1 / std::max(dot(along, along), 1e-6f);
    for (int y = top; y <= foot; ++y)
        for (int x = left; x <= right; ++x) {
            const Point p = Point{static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f} - m.from;
            const Point off = p - std::clamp(dot(p, along) * per_length, 0.0f, 1.0f) * along;
            const float ink = (reach - std::sqrt(dot(off, off))) / (2 * kSoftEdge);
            const auto value = static_cast<std::uint8_t>(255 * std::clamp(ink, 0.0f, 1.0f));
            std::uint8_t& there = image[y * kSide + x];
            there = std::max(there, value);
        }
}

void draw_digit(int digit, std::uint64_t seed, std::uint64_t number, std::uint8_t* image) {
    Random random(seed, number);
    const std::vector<Glyph>& ways = glyphs()[static_cast<std::size_t>(digit)];
    std::vector<PenStroke> moves = write_glyph(ways[random.below(ways.size())], random);
    fit(moves);
    for (const PenStroke& move : moves) draw(move, image);
}

}  // namespace

Images synthetic_digits(int count, std::uint64_t seed) {
    const auto n = static_cast<std::size_t>(count);
    Images images{count, kSide, kSide, std::vector<std::uint8_t>(n * kSide * kSide), std::vector<std::uint8_t>(n)};
    const auto threads = static_cast<std::size_t>(usable_processors());
    std::vector<std::jthread> pool;
    for (std::size_t t = 0; t < threads; ++t)
        pool.emplace_back([&images, seed, first = n * t / threads, last = n * (t + 1) / threads] {
            for (std::size_t i = first; i < last; ++i) {
                images.labels[i] = static_cast<std::uint8_t>(i % 10);
                draw_digit(images.labels[i], seed, i, &images.pixels[i * kSide * kSide]);
            }
        });
    pool.clear();
    return images;
}

}  // namespace ae
