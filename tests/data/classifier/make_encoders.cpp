// Writes the networks of encoder_test.cpp as TorchScript. Made with LibTorch 1.13.1 of Debian 12:
//   g++ -std=c++17 -isystem /usr/include/torch/csrc/api/include make_encoders.cpp -ltorch
//       -ltorch_cpu -lc10 -o make_encoders && ./make_encoders FOLDER
#include <torch/script.h>

#include <string>

namespace {

void save(const std::string& file, const char* forward) {
  torch::jit::Module module("Network");
  module.define(forward);
  module.save(file);
}

}  // namespace

int main(int /*argc*/, char** argv) {
  const std::string folder = argv[1];
  save(folder + "/encoder.pt", R"(
    def forward(self, x):
        steps = (x - torch.roll(x, [1], [3])).abs() + (x - torch.roll(x, [1], [2])).abs()
        return torch.stack([x.abs().mean([1, 2, 3]), steps.mean([1, 2, 3]),
                            x.pow(3).mean([1, 2, 3]), x[:, :, 0].mean([1, 2])], 1)
  )");
  save(folder + "/encoder_of_maps.pt", R"(
    def forward(self, x):
        return torch.avg_pool2d(x[:, 0:1].abs(), [8, 8])
  )");
  save(folder + "/no_encoder.pt", R"(
    def forward(self, x):
        return x.sum()
  )");
  // 4: 64-bit whole numbers
  save(folder + "/encoder_of_whole_numbers.pt", R"(
    def forward(self, x):
        return torch.floor(x[:, 0:1]).to(4)
  )");
  // What training mode leaves behind: dropout, and normalisation over batches.
  save(folder + "/random_encoder.pt", R"(
    def forward(self, x):
        return torch.dropout(x, 0.5, True).mean([2, 3])
  )");
  torch::jit::Module changing("Network");
  changing.register_buffer("mean", torch::zeros({3}));
  changing.register_buffer("variance", torch::ones({3}));
  changing.define(R"(
    def forward(self, x):
        x = torch.batch_norm(x, None, None, self.mean, self.variance, True, 0.1, 1e-5, False)
        return x.abs().mean([2, 3])
  )");
  changing.save(folder + "/changing_encoder.pt");
  // Infinite for a picture with a pixel of 10 standard deviations or more.
  save(folder + "/encoder_of_dim_images.pt", R"(
    def forward(self, x):
        brightest = x.abs().amax([2, 3])
        return brightest / (brightest < 10)
  )");
}
