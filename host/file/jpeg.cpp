#include "file/jpeg.h"

#include <fmt/format.h>
#include <turbojpeg.h>

#include <memory>
#include <new>
#include <stdexcept>

#include "ae/error.h"

namespace ae {
namespace {

struct Destroy {
    void operator()(void* handle) const noexcept { tjDestroy(handle); }
};
using Handle = std::unique_ptr<void, Destroy>;

/// For want of memory, which is all that the library can lack here, there is no handle.
Handle made(void* handle) {
    if (!handle) throw std::bad_alloc();
    return Handle(handle);
}

void check(int status, const Handle& handle) {
    if (status == 0) return;
    const std::string why = tjGetErrorStr2(handle.get());
    if (why.starts_with("Insufficient memory")) throw std::bad_alloc();
    throw std::runtime_error("JPEG: " + why);
}

struct Header {
    int width = 0, height = 0, sampling = 0, colours = 0;
};

/// The status of the library's call.
int read_header(const Handle& handle, std::string_view bytes, Header& header) {
    return tjDecompressHeader3(handle.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                               &header.width, &header.height, &header.sampling, &header.colours);
}

int read_pixels(const Handle& handle, std::string_view bytes, Picture& picture) {
    picture.pixels.resize(ImageSize{picture.width, picture.height, picture.channels}.values());
    return tjDecompress2(handle.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                         picture.pixels.data(), picture.width, 0, picture.height,
                         picture.channels == 3 ? TJPF_RGB : TJPF_GRAY, 0);
}

int channels_of(const Header& header) {
    return header.colours == TJCS_GRAY ? 1 : 3;
}

/// Every other program shows pictures with bytes between their parts, which some cameras write.
bool is_harmless(const std::string& warning) {
    return warning.find("extraneous bytes before marker") != std::string::npos;
}

}  // namespace

std::string encode_jpeg(const Picture& picture, int quality) {
    const Handle handle = made(tjInitCompress());
    const bool colour = picture.channels == 3;
    const int sampling = colour ? TJSAMP_444 : TJSAMP_GRAY;
    std::string bytes(tjBufSize(picture.width, picture.height, sampling), '\0');
    auto* buffer = reinterpret_cast<unsigned char*>(bytes.data());
    unsigned long size = bytes.size();
    check(tjCompress2(handle.get(), picture.pixels.data(), picture.width, 0, picture.height,
                      colour ? TJPF_RGB : TJPF_GRAY, &buffer, &size, sampling, quality, TJFLAG_NOREALLOC),
          handle);
    bytes.resize(size);
    return bytes;
}

Picture decode_jpeg(std::string_view bytes) {
    const Handle handle = made(tjInitDecompress());
    Header header;
    check(read_header(handle, bytes, header), handle);
    Picture picture{header.width, header.height, {}, channels_of(header)};
    check(read_pixels(handle, bytes, picture), handle);
    return picture;
}

Picture parse_jpeg(std::string_view bytes, const std::string& name, std::uint64_t most_pixels) {
    const Handle handle = made(tjInitDecompress());
    const auto fail = [&](const std::string& what) { throw DataError(fmt::format("{}: {}", name, what)); };
    Header header;
    if (read_header(handle, bytes, header) != 0)
        fail(fmt::format("cannot be read as a JPEG: {}", tjGetErrorStr2(handle.get())));
    if (header.width < 1 || header.height < 1) fail("cannot be read as a JPEG: it ends within its header");
    if (header.colours == TJCS_CMYK || header.colours == TJCS_YCCK)
        fail("is a JPEG in the colours of print (CMYK); save it as RGB");
    if (static_cast<std::uint64_t>(header.width) * static_cast<std::uint64_t>(header.height) > most_pixels)
        fail(fmt::format("is of {}×{} pixels; up to {} pixels in all can be used", header.height, header.width,
                         most_pixels));
    Picture picture{header.width, header.height, {}, channels_of(header)};
    if (read_pixels(handle, bytes, picture) != 0) {
        const std::string why = tjGetErrorStr2(handle.get());
        if (!is_harmless(why)) fail(fmt::format("is a damaged JPEG, or was cut short: {}", why));
    }
    return has_colour(picture) ? picture : to_grey(picture);
}

}  // namespace ae
