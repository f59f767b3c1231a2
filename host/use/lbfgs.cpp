#include "use/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>

namespace ae {

namespace {

constexpr std::size_t kMemory = 10;  // steps that make up the approximate Hessian
constexpr double kEnoughDecrease = 1e-4;
constexpr int kHalvings = 20;

using Point = std::vector<double>;

double dot(const Point& a, const Point& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// y += a·x
void add_scaled(Point& y, double a, const Point& x) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += a * x[i];
}

/// The curvature, as the last steps show it.
class History {
public:
    /// A step s that changed the gradient by y; taken only where the curvature along it is positive.
    void add(Point s, Point y) {
        const double curvature = dot(s, y);
        if (!(curvature > 1e-12 * dot(y, y))) return;
        if (steps_.size() == kMemory) steps_.pop_front();
        steps_.push_back({std::move(s), std::move(y), curvature});
    }
    void clear() { steps_.clear(); }
    bool empty() const { return steps_.empty(); }

    /// −H⁻¹·g, by the recursion of two loops (Nocedal and Wright, algorithm 7.4).
    Point direction(const Point& gradient) const {
        Point q = gradient;
        std::vector<double> weights;
        for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
            weights.push_back(dot(step->s, q) / step->curvature);
            add_scaled(q, -weights.back(), step->y);
        }
        const double scale = empty() ? 1 / std::max(1.0, std::sqrt(dot(gradient, gradient)))
                                     : steps_.back().curvature / dot(steps_.back().y, steps_.back().y);
        for (double& v : q) v *= scale;
        for (const Step& step : steps_) {
            add_scaled(q, weights.back() - dot(step.y, q) / step.curvature, step.s);
            weights.pop_back();
        }
        for (double& v : q) v = -v;
        return q;
    }

private:
    struct Step {
        Point s, y;
        double curvature;
    };
    std::deque<Step> steps_;
};

struct Place {
    Point x, gradient;
    double value = 0;
};

/// The first of `from` + d, + d/2, + d/4 … that is low enough; false where none is.
bool descend(const Objective& objective, const Place& from, const Point& direction, Place& to) {
    const double slope = dot(from.gradient, direction);
    if (!(slope < 0)) return false;
    double length = 1;
    for (int i = 0; i < kHalvings; ++i, length /= 2) {
        to.x = from.x;
        add_scaled(to.x, length, direction);
        to.value = objective(to.x, to.gradient);
        if (to.value <= from.value + kEnoughDecrease * length * slope) return true;
    }
    return false;
}

bool is_flat(const Point& gradient, double tolerance) {
    return std::all_of(gradient.begin(), gradient.end(), [&](double g) { return std::abs(g) <= tolerance; });
}

Point difference(const Point& a, const Point& b) {
    Point d = a;
    add_scaled(d, -1, b);
    return d;
}

}  // namespace

Minimum minimise_lbfgs(const Objective& objective, std::vector<double> x, const LbfgsOptions& options) {
    Place here{std::move(x), {}, 0}, next;
    here.gradient.resize(here.x.size());
    next.gradient.resize(here.x.size());
    here.value = objective(here.x, here.gradient);
    History history;
    int done = 0;
    while (done < options.iterations && !is_flat(here.gradient, options.gradient_tolerance)) {
        if (!descend(objective, here, history.direction(here.gradient), next)) {
            if (history.empty()) break;
            history.clear();  // a model of the curvature that leads nowhere: on along the gradient
            continue;
        }
        history.add(difference(next.x, here.x), difference(next.gradient, here.gradient));
        std::swap(here, next);
        ++done;
        if (next.value - here.value <= options.value_tolerance * std::abs(here.value)) break;
    }
    return {std::move(here.x), here.value, done};
}

}  // namespace ae
