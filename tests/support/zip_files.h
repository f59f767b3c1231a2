// Zip archives as other programs write them, and as none should.
#pragma once
#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ae::test {

struct ZipMember {
    std::string name, packed;   ///< the bytes as they lie in the archive
    std::uint32_t size = 0;     ///< that it unpacks to, as the archive says
    std::uint32_t crc = 0;      ///< of the unpacked bytes, as the archive says
    std::uint16_t method = 0;   ///< 0 stored, 8 deflated
    std::uint16_t flags = 0;    ///< 1 encrypted
    bool zip64 = false;         ///< sizes in the local header as numpy.savez writes them
    bool at_the_first = false;  ///< the directory says that it lies where the first member does
};

inline ZipMember stored(const std::string& name, const std::string& bytes) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    return {name, bytes, size,
            static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), size))};
}

inline ZipMember deflated(const std::string& name, const std::string& bytes) {
    ZipMember member = stored(name, bytes);
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    member.packed.resize(deflateBound(&stream, bytes.size()));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(member.packed.data());
    stream.avail_out = static_cast<uInt>(member.packed.size());
    deflate(&stream, Z_FINISH);
    member.packed.resize(stream.total_out);
    deflateEnd(&stream);
    member.method = 8;
    return member;
}

inline std::string little(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i, value >>= 8) text += static_cast<char>(value);
    return text;
}

/// Version needed, flags, method, time, date, CRC-32, sizes and the length of the name: in both headers of a member.
inline std::string common_fields(const ZipMember& m, bool in_zip64) {
    const auto packed = static_cast<std::uint32_t>(m.packed.size());
    return little(m.zip64 ? 45 : 20, 2) + little(m.flags, 2) + little(m.method, 2) + little(0, 2) + little(33, 2) +
           little(m.crc, 4) + little(in_zip64 ? 0xFFFFFFFF : packed, 4) + little(in_zip64 ? 0xFFFFFFFF : m.size, 4) +
           little(m.name.size(), 2);
}

inline std::string zip_file(const std::vector<ZipMember>& members) {
    std::string file, directory;
    for (const ZipMember& m : members) {
        const std::size_t offset = m.at_the_first ? 0 : file.size();
        const std::string extra =
            m.zip64 ? little(1, 2) + little(16, 2) + little(m.size, 8) + little(m.packed.size(), 8) : "";
        file += "PK\x03\x04" + common_fields(m, m.zip64) + little(extra.size(), 2) + m.name + extra + m.packed;
        directory += "PK\x01\x02" + little(20, 2) + common_fields(m, false) + little(0, 2 + 2 + 2 + 2 + 4) +
                     little(offset, 4) + m.name;
    }
    const std::size_t count = members.size();
    return file + directory + "PK\x05\x06" + little(0, 4) + little(count, 2) + little(count, 2) +
           little(directory.size(), 4) + little(file.size(), 4) + little(0, 2);
}

}  // namespace ae::test
