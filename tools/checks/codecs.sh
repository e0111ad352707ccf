# shellcheck shell=bash
# Codecs on raw rows and on images. Sourced by tools/check_commands.

refused_codecs() {
  refuses codec describe --codec quantize:states=4 --shape 256x2x2
  refuses codec describe --codec none --shape 256x2
  refuses codec describe --codec none
  refuses codec describe --codec jpeg:quality=75 --shape 256x2x2
  refuses codec run --shape 256x2x2 --in no_such_file
  refuses codec run --codec none --shape 256x2x2 --in no_such_file
  refuses codec bench --codec zip --data_dir data
  refuses codec preview --codec zip --data_dir data --out sheet.png
  refuses codec preview --codec none --data_dir data --images 65 --out sheet.png
}

# Raw float32 rows through codecs, as another program would check them; and codecs measured on images.
codecs() {
  perl -e 'srand(1); print pack("f<*", map { my $x = rand(3) - 1; $x < 0 ? 0 : $x } 1 .. 1024 * 20)' >rows.f32
  answers codec describe --codec 'thin:factor=0.95|quantize:states=16,range=local,zero=exact' --shape 256x2x2
  has 'index +40 bytes +Elias-Fano'
  has 'entry +70 bytes'
  answers codec run --codec none --shape 256x2x2 --in rows.f32 --out same.f32
  has '20 entries of 4096 bytes each, 0 bytes shared, mse 0$'
  cmp rows.f32 same.f32 || fail "the codec none changed values"
  limit 60 "$program" codec run --codec quantize:states=16,range=local --shape 256x2x2 <rows.f32 >near.f32 2>err ||
    fail "packrat codec run between standard streams: $(tail -n 1 err)"
  grep -q '20 entries of 520 bytes each' err || fail "no bytes per entry in: $(cat err)"
  (($(stat -c %s near.f32) == $(stat -c %s rows.f32))) || fail "packrat codec run gave back another number of values"
  head -c 5000 rows.f32 >cut.f32
  refuses codec run --codec none --shape 256x2x2 --in cut.f32 --out same.f32
  answers codec bench --encoder none --images 20 --data_dir data --no_cache --codec none jpeg:quality=75 resize:size=16
  has 'jpeg:quality=75 .* [0-9]+ \([0-9]+-[0-9]+\)'
  has 'resize:size=16 +\| +768 '
  answers codec preview --data_dir data --images 3 --sample 10 --codec none resize:size=16 --out pixels.png
  has 'resize:size=16: 768 bytes, [0-9.]+ dB'
  answers codec preview --data_dir data --encoder cutr34 --encoding_block 3 --no_cache --images 3 --sample 10 \
    --codec quantize:states=4,range=local --out maps.png
  head -c 4 maps.png | grep -q PNG || fail "packrat codec preview wrote no PNG"
}

# An autoencoder, fitted on one data set's images and used for a stream.
autoencoders() {
  refuses fit fcae:neurons=3072 --dataset cifar10 --data_dir data --no_cache --out never.codec
  refuses run --compressor convae --encoder cutr34 --encoding_block 3 --data_dir data
  answers fit 'convae:channels=2|quantize:states=16,range=fit' --dataset cifar10 --data_dir data --no_cache --images 100 \
    --max_epochs 2 --out ae.codec
  has '64 bytes per entry, 4316 bytes shared'
  answers codec describe --codec_file ae.codec
  has 'entry +64 bytes'
  has 'shared +4316 bytes .*: encoder 2952, decoder 1356, other 8'
  has 'fitted on 100 images of cifar10 \(pixels\), seed 0'
  answers run --codec 'convae:channels=2|quantize:states=16,range=fit' --codec_file ae.codec --data_dir data --log_dir runs \
    --memory_size 40 --backbone mlp --num_passes 2 --exp_name autoencoder --save_buffer ae.buffer
  has 'codec_encoder +2952'
  answers buffer inspect ae.buffer
  has 'codec_decoder +1356'
  answers run --compressor convae --latent_channels 1 --fit_on cifar10 --fit_images 60 --data_dir data --log_dir runs --no_cache \
    --memory_size 40 --backbone mlp --num_passes 2 --exp_name fitted_on_first_use
  has 'has to learn first'
}

# Entries without loss, but smaller: learned, described, measured and kept within a budget.
entropy_coded() {
  refuses codec describe --codec 'none|entropy' --shape 3x32x32 --pixels
  refuses codec describe --codec entropy --shape 3x32x32 --pixels
  answers fit 'none|entropy:rans' --dataset cifar10 --data_dir data --encoder none --no_cache --images 400 --out entropy.codec
  has '^none\|entropy:coder=rans: fitted on 360 images'
  answers codec describe --codec_file entropy.codec --shape 3x32x32 --pixels
  has '^  rANS, 1 of 1 tables learned'
  answers codec bench --encoder none --images 20 --data_dir data --no_cache --codec 'none|entropy:rans' \
    --codec_file entropy.codec
  has 'none\|entropy:coder=rans +\| +[0-9]+ \([0-9]+-[0-9]+\) '
  answers run "${small[@]}" --num_passes 1 --encoder none --backbone resnet18 --memory_bytes 100000 \
    --codec 'none|entropy:rans' --codec_file entropy.codec --exp_name entropy --save_buffer entropy.buffer
  has 'entries differ in size.* bytes an entry on average, [0-9.]+ bits a value'
  answers buffer inspect entropy.buffer
  has 'agrees with the total'
}

check_codecs() {
  step "codecs: refusals" refused_codecs
  step "codecs described, tried and measured" codecs
  step "autoencoders fitted and used" autoencoders
  step "entropy-coded entries" entropy_coded
}
