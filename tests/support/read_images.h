// All images of an input at once, as tests look at them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/image_input.h"

namespace ae::test {

struct InputImages {
    std::string origin = {};  ///< for people: the file or set that was read
    int count = 0;
    int height = 0;
    int width = 0;
    std::vector<float> pixels = {};  ///< count × height × width × channels, in [0, 1] unless others are wanted
    std::vector<std::uint8_t> labels = {};  ///< count, or empty
    std::vector<std::string> names = {};    ///< of a folder's files, in the order of the images; otherwise empty
    int channels = 1;
    std::vector<std::string> columns = {};  ///< names of an image's values, of a table with a header; or empty
    bool are_numbers = false;               ///< and no pixels

    ImageSize size() const { return {width, height, channels}; }
};

inline InputImages read_all(const ImageStream& stream) {
    const ImageFacts& facts = stream.facts();
    return {.origin = facts.origin,
            .count = facts.count,
            .height = facts.size.height,
            .width = facts.size.width,
            .pixels = stream.read(0, facts.count),
            .labels = facts.labels,
            .names = facts.names,
            .channels = facts.size.channels,
            .columns = facts.columns,
            .are_numbers = facts.are_numbers};
}

inline InputImages read_images(const ImageSource& source, const WantedImages& wanted) {
    return read_all(*open_images(source, wanted));
}

}  // namespace ae::test
