#include "global_memory.h"

#include <limits>

namespace ptx {

namespace {

constexpr std::uint32_t kSeveralBlocks = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint16_t kSeveralThreads = std::numeric_limits<std::uint16_t>::max();

std::uint64_t address_of(const void* memory) {
    return reinterpret_cast<std::uintptr_t>(memory);
}

enum class Race { none, between_blocks, between_threads };

/// Whether two accesses are in no order. Launches and barriers order them; and what one thread does is ordered.
Race race(const Toucher& before, const Toucher& now) {
    if (before.launch != now.launch) return Race::none;
    if (before.block != now.block) return Race::between_blocks;
    if (before.barriers != now.barriers || before.thread == now.thread) return Race::none;
    return Race::between_threads;
}

/// Who has read: one, or several of one kind.
Toucher joined(const Toucher& before, const Toucher& now) {
    Toucher all = now;
    if (before.launch != now.launch) return all;
    if (before.block != now.block) all.block = kSeveralBlocks;
    if (before.barriers == now.barriers && before.thread != now.thread) all.thread = kSeveralThreads;
    return all;
}

}  // namespace

void GlobalMemory::allocate(const void* memory, std::size_t bytes) {
    const std::uint64_t first = address_of(memory);
    areas_[first] = {first, bytes, std::vector<Word>((bytes + kWord - 1) / kWord)};
    last_ = nullptr;
}

void GlobalMemory::free(const void* memory) {
    areas_.erase(address_of(memory));
    last_ = nullptr;
}

void GlobalMemory::set(const void* memory, std::size_t bytes, bool is_written) {
    Area* area = find(address_of(memory), bytes);
    if (area == nullptr || bytes == 0) return;
    const std::size_t first = address_of(memory) - area->first;
    for (std::size_t w = first / kWord; w <= (first + bytes - 1) / kWord; ++w) area->words[w].written = is_written;
}

GlobalMemory::Area* GlobalMemory::find(std::uint64_t address, std::size_t bytes) {
    const auto holds = [&](const Area& area) {
        return address >= area.first && address - area.first <= area.bytes &&
               bytes <= area.bytes - (address - area.first);
    };
    if (last_ != nullptr && holds(*last_)) return last_;
    auto at = areas_.upper_bound(address);
    if (at == areas_.begin() || !holds((--at)->second)) return nullptr;
    return last_ = &at->second;
}

bool GlobalMemory::contains(std::uint64_t address, std::size_t bytes) {
    return find(address, bytes) != nullptr;
}

template <typename Touch>
const char* GlobalMemory::touch(std::uint64_t address, std::size_t bytes, Touch touch_word) {
    Area* area = find(address, bytes);
    const std::size_t first = address - area->first;
    const char* wrong = nullptr;
    for (std::size_t w = first / kWord; w <= (first + bytes - 1) / kWord; ++w)
        if (const char* found = touch_word(area->words[w]); wrong == nullptr) wrong = found;
    return wrong;
}

const char* GlobalMemory::read(std::uint64_t address, std::size_t bytes, const Toucher& by) {
    return touch(address, bytes, [&](Word& word) { return read(word, by, bytes >= kWord); });
}

const char* GlobalMemory::write(std::uint64_t address, std::size_t bytes, const Toucher& by) {
    ++stores_;
    return touch(address, bytes, [&](Word& word) { return write(word, by, bytes >= kWord); });
}

/// whole: not of single bytes, where threads that touch neighbours share a word.
const char* GlobalMemory::read(Word& word, const Toucher& by, bool whole) {
    const Race found = race(word.writer, by);
    word.reader = joined(word.reader, by);
    if (!by.waited && word.writer.launch != 0 && word.writer.launch + 1 == by.launch)
        return "global memory is read that the launch before writes, without waiting for its end";
    if (found == Race::between_blocks) return "race between blocks: global memory is read that another block writes";
    if (found == Race::between_threads && whole)
        return "race between threads: global memory is read that another thread of the block writes";
    return word.written ? nullptr : "global memory is read that nobody has written";
}

const char* GlobalMemory::write(Word& word, const Toucher& by, bool whole) {
    const Race with_writer = race(word.writer, by), with_reader = race(word.reader, by);
    word.writer = by;
    word.written = true;
    if (!by.waited) return "global memory is written without waiting for the end of the launch before";
    if (with_writer == Race::between_blocks) return "race between blocks: both write to one word of global memory";
    if (with_reader == Race::between_blocks)
        return "race between blocks: global memory is written that another block reads";
    if (!whole) return nullptr;
    if (with_writer == Race::between_threads) return "race between threads: both write to one word of global memory";
    if (with_reader == Race::between_threads)
        return "race between threads: global memory is written that another thread of the block reads";
    return nullptr;
}

}  // namespace ptx
