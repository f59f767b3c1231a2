// Global memory as a kernel may use it: what is allocated, what somebody has written, and who touched it last.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace ptx {

/// Who touches memory, and when: its launch, and how many barriers of the block lie before it there.
struct Toucher {
    std::uint32_t launch = 0, block = 0, barriers = 0;
    std::uint16_t thread = 0;  ///< in its block
    bool waited = true;        ///< for the launch before
};

class GlobalMemory {
public:
    /// Memory begins unwritten.
    void allocate(const void* memory, std::size_t bytes);
    void free(const void* memory);
    /// The host has written to it; or has put back what says that nobody has.
    void set(const void* memory, std::size_t bytes, bool is_written);

    /// Whether [address, address + bytes) lies within one allocation.
    bool contains(std::uint64_t address, std::size_t bytes);

    // What is wrong with an access to memory that it contains; null where nothing is. Words of four bytes are watched.
    const char* read(std::uint64_t address, std::size_t bytes, const Toucher& by);
    const char* write(std::uint64_t address, std::size_t bytes, const Toucher& by);

    /// By kernels, so far.
    long stores() const { return stores_; }

private:
    static constexpr std::size_t kWord = 4;

    struct Word {
        Toucher writer, reader;  ///< launch 0: nobody
        bool written = false;
    };
    struct Area {
        std::uint64_t first = 0;
        std::size_t bytes = 0;
        std::vector<Word> words;
    };

    Area* find(std::uint64_t address, std::size_t bytes);
    static const char* read(Word& word, const Toucher& by, bool whole);
    static const char* write(Word& word, const Toucher& by, bool whole);
    template <typename Touch>
    const char* touch(std::uint64_t address, std::size_t bytes, Touch touch_word);

    std::map<std::uint64_t, Area> areas_;  ///< by their first address
    long stores_ = 0;
    Area* last_ = nullptr;  ///< the one that was touched last, which most often is touched next
};

}  // namespace ptx
