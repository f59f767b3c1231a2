// A kernel that needs more registers than a thread of a block of 1,024 can have. It must not compile: where warnings
// are errors, so is a spill in any kernel of the project (see CMakeLists.txt, -warn-spills).
__global__ void __launch_bounds__(1024) spilling_kernel(float* x) {
    float values[96];
#pragma unroll
    for (int i = 0; i < 96; ++i) values[i] = x[i * 1024 + threadIdx.x];
#pragma unroll
    for (int i = 0; i < 96; ++i) {
        float sum = 0;
#pragma unroll
        for (int j = 0; j < 96; ++j) sum += values[j] * values[(i + j * j) % 96];
        x[i * 1024 + threadIdx.x] = sum;
    }
}
