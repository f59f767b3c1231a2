// A network that is applied: images to codes, codes to images, and scores of the reconstructions.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ae {

struct EngineOptions;
struct Model;

/// For each image, the mean over its pixels.
struct Scores {
    std::vector<float> bce;  ///< nats per pixel; of a network that is trained with mse, that once more
    std::vector<float> mse;  ///< squares of the network's values: of pixels in [0, 1], or of scaled numbers
};

/// Not thread-safe; every function returns when its work is done, takes any number of rows, in chunks that fit memory,
/// and throws ModelError where the values are not whole rows, GpuError where the device fails.
///
/// images: n × pixels in [0, 1], or of any size for a network that is trained with mse, row-major; a model's scale
/// (ae/scale.h) is applied by the caller. codes: n × code_size.
class Network {
public:
    virtual ~Network() = default;

    virtual std::string name() const = 0;    ///< of the engine that applies it: "cpu", "cublas"
    virtual std::string device() const = 0;  ///< for people: "AMD EPYC, 2 threads", "NVIDIA H200 (sm_90, 139 GiB)"

    virtual std::vector<float> encode(std::span<const float> images) = 0;       ///< n × code_size
    virtual std::vector<float> decode(std::span<const float> codes) = 0;        ///< n × pixels; in (0, 1) for bce
    virtual std::vector<float> reconstruct(std::span<const float> images) = 0;  ///< n × pixels; in (0, 1) for bce
    virtual Scores score(std::span<const float> images) = 0;  ///< of reconstruct(images) against images
};

/// A model's network on the device of the engine `name` (see make_engine()): it holds the parameters, and neither
/// images nor moments. Throws UsageError for an unknown name, GpuError where a GPU is needed and there is no usable
/// one.
std::unique_ptr<Network> make_network(const std::string& name, const Model& model, const EngineOptions& options);

}  // namespace ae
