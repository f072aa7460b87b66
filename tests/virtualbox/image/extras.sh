#!/bin/sh
# Hook in a throw-away trixie: builds what Debian does not ship, into $OUT.
# Usage: extras.sh CHROOT   (environment: OUT, LGPIO = path of lgpio's source archive)
set -eu
R=$1
kernel=$(ls "$R/usr/src" | sed -n 's/^linux-headers-\(.*-amd64\)$/\1/p')

# gpio-sim: CONFIG_GPIO_SIM and CONFIG_IRQ_SIM are off in Debian's kernels, so both come from Debian's own source.
mkdir -p "$R/build/all" "$R/build/gpio-sim"
chroot "$R" sh -c "tar xJf /usr/src/linux-source-*.tar.xz -C /build/all --strip-components=1 --wildcards \
  '*/drivers/gpio/gpio-sim.c' '*/kernel/irq/irq_sim.c'"
cd "$R/build/gpio-sim"
cp ../all/drivers/gpio/gpio-sim.c main.c
cp ../all/kernel/irq/irq_sim.c .
# irq_to_desc() is not exported to modules; this says the same through calls that are.
sed -i 's/irq_to_desc(irqnum)/irq_data_to_desc(irq_get_irq_data(irqnum))/; s/#include <linux\/irq.h>/&\n#include <linux\/irqdesc.h>/' irq_sim.c
printf 'obj-m := gpio-sim.o\ngpio-sim-y := main.o irq_sim.o\n' > Makefile
chroot "$R" make -s -C "/usr/src/linux-headers-$kernel" M=/build/gpio-sim modules
cp gpio-sim.ko "$OUT/"
echo "$kernel" > "$OUT/kernel"

# lgpio: no wheel for this Python on the index and no package in Debian; PYPI=1 makes it carry its own C library.
tar xzf "$LGPIO" -C "$R/build"
chroot "$R" sh -c 'cd /build/lgpio-* && PYPI=1 python3 setup.py -q bdist_wheel'
mkdir -p "$OUT/wheels"
cp "$R"/build/lgpio-*/dist/*.whl "$OUT/wheels/"
