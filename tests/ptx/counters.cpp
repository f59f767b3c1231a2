#include "counters.h"

#include <algorithm>

#include "warp.h"

namespace ptx {

namespace {

constexpr int kBanks = 32, kBankBytes = 4, kRoundBytes = kBanks * kBankBytes, kSectorBytes = 32;

/// A few different numbers.
class Distinct {
public:
    void add(std::uint64_t value) {
        const auto end = values_.begin() + count_;
        if (std::find(values_.begin(), end, value) == end) values_[static_cast<std::size_t>(count_++)] = value;
    }
    int count() const { return count_; }

private:
    std::array<std::uint64_t, 2 * kLanes> values_;
    int count_ = 0;
};

int wavefronts_of(const LaneAddresses& access, std::uint32_t lanes) {
    std::array<Distinct, kBanks> words;
    for_each_lane(lanes, [&](int lane) {
        const std::uint64_t first = access.at[static_cast<std::size_t>(lane)] / kBankBytes;
        const std::uint64_t last =
            (access.at[static_cast<std::size_t>(lane)] + std::uint64_t(access.bytes) - 1) / kBankBytes;
        for (std::uint64_t word = first; word <= last; ++word) words[word % kBanks].add(word);
    });
    int most = 0;
    for (const Distinct& of_bank : words) most = std::max(most, of_bank.count());
    return most;
}

int rounded_up(int bytes, int unit) {
    return (bytes + unit - 1) / unit;
}

std::string mnemonic(const Instruction& i) {
    const std::size_t first =
        i.guard == Operand::kNone ? 0 : i.text.find_first_not_of(" \t", i.text.find_first_of(" \t"));
    return i.text.substr(first, i.text.find_first_of(" \t", first) - first);
}

}  // namespace

int wavefronts(const LaneAddresses& access) {
    const int at_once = std::min(kLanes, kRoundBytes / access.bytes);
    int all = 0;
    for (int first = 0; first < kLanes; first += at_once)
        all += wavefronts_of(access,
                             access.lanes & static_cast<std::uint32_t>(((std::uint64_t(1) << at_once) - 1) << first));
    return all;
}

int least_wavefronts(const LaneAddresses& access) {
    return rounded_up(std::popcount(access.lanes) * access.bytes, kRoundBytes);
}

int sectors(const LaneAddresses& access) {
    Distinct touched;
    for_each_lane(access.lanes,
                  [&](int lane) { touched.add(access.at[static_cast<std::size_t>(lane)] / kSectorBytes); });
    return touched.count();
}

int least_sectors(const LaneAddresses& access) {
    Distinct addresses;
    for_each_lane(access.lanes, [&](int lane) { addresses.add(access.at[static_cast<std::size_t>(lane)]); });
    return rounded_up(addresses.count() * access.bytes, kSectorBytes);
}

void Counters::count_shared(const LaneAddresses& access) {
    shared_wavefronts += wavefronts(access);
    least_shared_wavefronts += least_wavefronts(access);
}

void Counters::count_global(const LaneAddresses& access) {
    ++global_accesses;
    sectors += ptx::sectors(access);
    least_sectors += ptx::least_sectors(access);
}

std::map<std::string, long> by_mnemonic(const Counters& counters, const Kernel& kernel) {
    std::map<std::string, long> times;
    for (std::size_t i = 0; i < counters.times.size(); ++i) times[mnemonic(kernel.code[i])] += counters.times[i];
    return times;
}

std::map<Place, long> by_source(const Counters& counters, const Kernel& kernel) {
    std::map<Place, long> times;
    for (std::size_t i = 0; i < counters.times.size(); ++i) times[kernel.code[i].source] += counters.times[i];
    return times;
}

}  // namespace ptx
