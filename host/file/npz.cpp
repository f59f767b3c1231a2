#include "file/npz.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <memory>
#include <new>

#include "ae/error.h"
#include "file/gzip.h"
#include "file/npy.h"

namespace ae {
namespace {

constexpr std::uint64_t kMostUnpacked = std::uint64_t(1) << 28;  // of deflated members, together
constexpr std::size_t kFirstAllocation = std::size_t(1) << 26;
constexpr std::string_view kEnding = ".npy";
constexpr zip_uint16_t kFirstDay = 33;  // 1980-01-01, which zip counts from, as numpy has it

struct Discard {
    void operator()(zip_t* archive) const noexcept { zip_discard(archive); }
};
struct Close {
    void operator()(zip_file_t* member) const noexcept { zip_fclose(member); }
};
struct Free {
    void operator()(zip_source_t* source) const noexcept { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Source = std::unique_ptr<zip_source_t, Free>;

/// An error of libzip.
class ZipError {
public:
    ZipError() { zip_error_init(&error_); }
    ~ZipError() { zip_error_fini(&error_); }
    ZipError(const ZipError&) = delete;
    ZipError& operator=(const ZipError&) = delete;

    zip_error_t* get() { return &error_; }
    std::string text() { return zip_error_strerror(&error_); }

private:
    zip_error_t error_{};
};

class Reader {
public:
    Reader(std::string_view bytes, const std::string& name) : name_(name), size_(bytes.size()) {
        ZipError error;
        Source source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, error.get()));
        if (source && bytes.starts_with("PK"))  // to libzip no bytes at all are an archive too
            archive_.reset(zip_open_from_source(source.get(), ZIP_RDONLY | ZIP_CHECKCONS, error.get()));
        if (!archive_)
            fail(fmt::format("cannot be read as an .npz archive: {}; it was cut short or is damaged", error.text()));
        source.release();  // the archive's from here on
    }

    std::map<std::string, Tensor> arrays() {
        std::map<std::string, Tensor> arrays;
        const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
        for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) check(i);
        for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
            const zip_stat_t member = stat(i);
            const std::string_view file = member.name, array = file.substr(0, file.size() - kEnding.size());
            Tensor tensor = parse_npy_tensor(unpack(i, member), fmt::format("{}: {}", name_, file));
            if (!arrays.emplace(array, std::move(tensor)).second) fail(fmt::format("has the array {} twice", array));
        }
        return arrays;
    }

private:
    [[noreturn]] void fail(const std::string& what) const { throw DataError(fmt::format("{}: {}", name_, what)); }

    zip_stat_t stat(zip_uint64_t i) const {
        constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
        zip_stat_t member;
        if (zip_stat_index(archive_.get(), i, ZIP_FL_ENC_RAW, &member) != 0 || (member.valid & kNeeded) != kNeeded)
            fail(fmt::format("does not describe its member {}; it is damaged", i));
        return member;
    }

    /// Checks the archive's description of a member, before anything is unpacked.
    void check(zip_uint64_t i) {
        const zip_stat_t member = stat(i);
        const std::string_view file = member.name;
        if (!file.ends_with(kEnding))
            fail(fmt::format("is a zip archive, but its member '{:.80}' is no array (.npy); numpy.savez makes an .npz",
                             file));
        if ((member.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && member.encryption_method != ZIP_EM_NONE)
            fail(fmt::format("its member {:.80} is encrypted", file));
        const bool deflated = member.comp_method == ZIP_CM_DEFLATE;
        if (!deflated && member.comp_method != ZIP_CM_STORE)
            fail(fmt::format("its member {:.80} is packed by method {}; stored and deflated ones can be read", file,
                             member.comp_method));
        take_room(member.comp_size, file);
        if (member.size > member.comp_size * (deflated ? kLargestDeflateRatio : 1))
            fail(fmt::format("its member {:.80} claims {} bytes, more than its {} packed ones can hold", file,
                             member.size, member.comp_size));
        if (deflated) unpacked_ += member.size;
        if (unpacked_ > kMostUnpacked)
            fail(fmt::format("its members unpack to more than {} bytes; an archive that is not compressed has no limit",
                             kMostUnpacked));
    }

    /// The headers of a member and its bytes lie somewhere in the file, and nothing else does there. Also keeps the
    /// products and sums above within 64 bits.
    void take_room(std::uint64_t packed, std::string_view file) {
        constexpr std::uint64_t kHeaders = 30 + 46;  // each with the name
        taken_ += kHeaders + 2 * file.size();
        if (packed > size_ || (taken_ += packed) > size_)
            fail(
                fmt::format("its member {:.80} claims bytes that the file does not have; members overlap, or it was "
                            "cut short",
                            file));
    }

    /// Memory grows with the bytes that are read.
    std::string unpack(zip_uint64_t i, const zip_stat_t& stat) {
        const std::unique_ptr<zip_file_t, Close> member(zip_fopen_index(archive_.get(), i, 0));
        if (!member) fail(fmt::format("its member {:.80}: {}", stat.name, zip_strerror(archive_.get())));
        std::string bytes;
        for (std::size_t done = 0; done < stat.size; done = bytes.size()) {
            bytes.resize(std::min<std::size_t>(stat.size, std::max(kFirstAllocation, 2 * done)));
            read(member.get(), bytes.data() + done, bytes.size() - done, stat);
        }
        char beyond;  // the checksum is compared at the end
        if (zip_fread(member.get(), &beyond, 1) != 0)
            fail(fmt::format("its member {:.80} is damaged: {}", stat.name, zip_file_strerror(member.get())));
        return bytes;
    }

    void read(zip_file_t* member, char* to, std::size_t count, const zip_stat_t& stat) const {
        if (zip_fread(member, to, count) != static_cast<zip_int64_t>(count))
            fail(fmt::format("its member {:.80} is damaged: {}", stat.name, zip_file_strerror(member)));
    }

    const std::string& name_;
    std::uint64_t size_, taken_ = 0, unpacked_ = 0;
    Archive archive_;
};

void check_written(bool done) {
    if (!done) throw std::bad_alloc();  // libzip, which writes into memory here, lacks nothing else
}

/// Everything that was written into `source`.
std::string content(zip_source_t* source) {
    zip_stat_t stat;
    check_written(zip_source_stat(source, &stat) == 0 && zip_source_open(source) == 0);
    std::string bytes(stat.size, '\0');
    check_written(zip_source_read(source, bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size()));
    zip_source_close(source);
    return bytes;
}

void add_member(zip_t* archive, const std::string& name, const std::string& bytes) {
    Source source(zip_source_buffer(archive, bytes.data(), bytes.size(), 0));
    check_written(source != nullptr);
    const zip_int64_t added = zip_file_add(archive, name.c_str(), source.get(), ZIP_FL_ENC_UTF_8);
    check_written(added >= 0);
    source.release();  // the archive's from here on
    const auto i = static_cast<zip_uint64_t>(added);
    check_written(zip_set_file_compression(archive, i, ZIP_CM_STORE, 0) == 0 &&
                  zip_file_set_dostime(archive, i, 0, kFirstDay, 0) == 0);
}

}  // namespace

std::map<std::string, Tensor> parse_npz(std::string_view bytes, const std::string& name) {
    return Reader(bytes, name).arrays();
}

std::string serialize_npz(const std::map<std::string, Tensor>& arrays) {
    std::map<std::string, std::string> members;  // libzip reads them when the archive is closed
    for (const auto& [name, tensor] : arrays) members[name + std::string(kEnding)] = serialize_npy(tensor);
    ZipError error;
    const Source target(zip_source_buffer_create(nullptr, 0, 0, error.get()));
    check_written(target != nullptr);
    Archive archive(zip_open_from_source(target.get(), ZIP_TRUNCATE, error.get()));
    check_written(archive != nullptr);
    zip_source_keep(target.get());  // one reference is the archive's
    for (const auto& [name, bytes] : members) add_member(archive.get(), name, bytes);
    check_written(zip_close(archive.get()) == 0);
    archive.release();
    return content(target.get());
}

}  // namespace ae
