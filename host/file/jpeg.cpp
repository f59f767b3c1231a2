#include "file/jpeg.h"

#include <turbojpeg.h>

#include <memory>
#include <stdexcept>

namespace ae {
namespace {

struct Destroy {
    void operator()(void* handle) const noexcept { tjDestroy(handle); }
};
using Handle = std::unique_ptr<void, Destroy>;

void check(int status, const Handle& handle) {
    if (status != 0) throw std::runtime_error(std::string("JPEG: ") + tjGetErrorStr2(handle.get()));
}

}  // namespace

std::string encode_jpeg(const Picture& picture, int quality) {
    const Handle handle(tjInitCompress());
    std::string bytes(tjBufSize(picture.width, picture.height, TJSAMP_GRAY), '\0');
    auto* buffer = reinterpret_cast<unsigned char*>(bytes.data());
    unsigned long size = bytes.size();
    check(tjCompress2(handle.get(), picture.pixels.data(), picture.width, 0, picture.height, TJPF_GRAY, &buffer, &size,
                      TJSAMP_GRAY, quality, TJFLAG_NOREALLOC),
          handle);
    bytes.resize(size);
    return bytes;
}

Picture decode_jpeg(std::string_view bytes) {
    const Handle handle(tjInitDecompress());
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    Picture picture;
    int sampling = 0, colours = 0;
    check(tjDecompressHeader3(handle.get(), data, bytes.size(), &picture.width, &picture.height, &sampling, &colours),
          handle);
    picture.pixels.resize(static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height));
    check(tjDecompress2(handle.get(), data, bytes.size(), picture.pixels.data(), picture.width, 0, picture.height,
                        TJPF_GRAY, 0),
          handle);
    return picture;
}

}  // namespace ae
