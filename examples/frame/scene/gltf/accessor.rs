//! The numbers of a glTF file: what an accessor points at, every bound checked.

use std::borrow::Cow;

use super::schema::{Accessor, BufferView, File, Sparse, get};

/// A file and the bytes of its buffers.
#[derive(Clone, Copy, Debug)]
pub struct Data<'f> {
    pub file: &'f File,
    pub buffers: &'f [Vec<u8>],
}

/// What one number is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    I8,
    U8,
    I16,
    U16,
    U32,
    F32,
}

impl Number {
    /// Table 4 of the specification, section 3.6.2.2.
    fn of(component_type: u32) -> Result<Self, String> {
        Ok(match component_type {
            5120 => Self::I8,
            5121 => Self::U8,
            5122 => Self::I16,
            5123 => Self::U16,
            5125 => Self::U32,
            5126 => Self::F32,
            other => return Err(format!("there is no component type {other}; export it again")),
        })
    }

    const fn width(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }
}

impl<'f> Data<'f> {
    /// Reads an accessor of `N` floats an element.
    pub fn floats<const N: usize>(self, index: usize) -> Result<Vec<[f32; N]>, String> {
        let accessor = get(&self.file.accessors, index, "accessor")?;
        let number = Number::of(accessor.component_type)?;
        let read = match (number, accessor.normalized) {
            (Number::F32, _) => |bytes: &[u8]| f32::from_bits(unsigned(bytes)),
            (Number::U8, true) => |bytes: &[u8]| unsigned(bytes) as f32 / 255.0,
            (Number::U16, true) => |bytes: &[u8]| unsigned(bytes) as f32 / 65535.0,
            (Number::I8 | Number::U8 | Number::I16 | Number::U16 | Number::U32, _) => {
                return Err(unfit(index, accessor, number, "floats, or normalized unsigned bytes or shorts,"));
            }
        };
        if width(&accessor.shape) != Some(N) {
            return Err(unfit(index, accessor, number, &format!("{N} numbers an element")));
        }
        let bytes = self.packed(accessor, number.width() * N).map_err(|what| format!("accessor {index}: {what}"))?;
        let element =
            |bytes: &[u8]| std::array::from_fn(|i| read(&bytes[i * number.width()..(i + 1) * number.width()]));
        Ok(bytes.chunks_exact(number.width() * N).map(element).collect())
    }

    /// Reads an accessor of indices.
    pub fn indices(self, index: usize) -> Result<Vec<u32>, String> {
        let accessor = get(&self.file.accessors, index, "accessor")?;
        let number = Number::of(accessor.component_type)?;
        match (number, width(&accessor.shape)) {
            (Number::U8 | Number::U16 | Number::U32, Some(1)) => {}
            (Number::I8 | Number::U8 | Number::I16 | Number::U16 | Number::U32 | Number::F32, _) => {
                return Err(unfit(index, accessor, number, "unsigned integers"));
            }
        }
        let bytes = self.packed(accessor, number.width()).map_err(|what| format!("accessor {index}: {what}"))?;
        Ok(bytes.chunks_exact(number.width()).map(unsigned).collect())
    }

    /// Returns the bytes of a view.
    pub fn view(self, index: usize) -> Result<&'f [u8], String> {
        let view = get(&self.file.buffer_views, index, "bufferView")?;
        let buffer = get(self.buffers, view.buffer, "buffer")?;
        let end = view.byte_offset.checked_add(view.byte_length);
        end.and_then(|end| buffer.get(view.byte_offset..end))
            .ok_or_else(|| format!("bufferView {index} reaches past the end of its buffer; export it again"))
    }

    /// Returns the elements one after another, without gaps; `size` is that of an element.
    fn packed(self, accessor: &Accessor, size: usize) -> Result<Cow<'f, [u8]>, String> {
        if accessor.count == 0 {
            return Err("it has no elements; export it again".to_owned());
        }
        let base = match accessor.buffer_view {
            Some(index) => {
                let bytes = self.view(index)?;
                let stride = self.file.buffer_views.get(index).and_then(|view: &BufferView| view.byte_stride);
                strided(bytes, accessor.byte_offset, stride.unwrap_or(size), accessor.count, size)
            }
            // Without a view every number is zero.
            None => accessor.count.checked_mul(size).filter(|&len| len <= LONGEST_ZEROS).map(|len| vec![0; len].into()),
        };
        let base = base.ok_or("it reaches past the end of its data; export it again")?;
        match &accessor.sparse {
            Some(sparse) => self.overwritten(base.into_owned(), sparse, size).map(Cow::from),
            None => Ok(base),
        }
    }

    /// Replaces the elements that a sparse accessor names.
    fn overwritten(self, mut bytes: Vec<u8>, sparse: &Sparse, size: usize) -> Result<Vec<u8>, String> {
        let broken = "its sparse values reach past the end of their data; export it again";
        let width = Number::of(sparse.indices.component_type)?.width();
        let places = self.view(sparse.indices.buffer_view)?;
        let places = strided(places, sparse.indices.byte_offset, width, sparse.count, width).ok_or(broken)?;
        let values = self.view(sparse.values.buffer_view)?;
        let values = strided(values, sparse.values.byte_offset, size, sparse.count, size).ok_or(broken)?;
        for (place, value) in places.chunks_exact(width).zip(values.chunks_exact(size)) {
            let start = unsigned(place) as usize * size;
            bytes.get_mut(start..start + size).ok_or(broken)?.copy_from_slice(value);
        }
        Ok(bytes)
    }
}

/// How many bytes of zeros a file may ask for without holding them.
const LONGEST_ZEROS: usize = 256 << 20;

fn strided(bytes: &[u8], offset: usize, stride: usize, count: usize, size: usize) -> Option<Cow<'_, [u8]>> {
    let last = count.checked_sub(1)?.checked_mul(stride)?.checked_add(offset)?;
    let bytes = bytes.get(offset..last.checked_add(size)?)?;
    if stride == size {
        return Some(bytes.into());
    }
    (stride > size).then(|| bytes.chunks(stride).flat_map(|element| &element[..size]).copied().collect())
}

/// Reads up to four little-endian bytes.
fn unsigned(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte))
}

/// Returns how many numbers an element has.
fn width(shape: &str) -> Option<usize> {
    match shape {
        "SCALAR" => Some(1),
        "VEC2" => Some(2),
        "VEC3" => Some(3),
        "VEC4" => Some(4),
        _ => None,
    }
}

fn unfit(index: usize, accessor: &Accessor, number: Number, wanted: &str) -> String {
    format!("accessor {index} holds {} of {number:?} where {wanted} belong; export it again", accessor.shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_with_gaps_are_packed() {
        let bytes = [1, 2, 0, 3, 4, 0, 5, 6];
        assert_eq!(strided(&bytes, 0, 3, 3, 2).as_deref(), Some(&[1, 2, 3, 4, 5, 6][..]));
        assert_eq!(strided(&bytes, 3, 2, 2, 2).as_deref(), Some(&[3, 4, 0, 5][..]));
    }

    #[test]
    fn what_reaches_past_the_end_is_nothing() {
        let bytes = [0; 8];
        for (offset, stride, count, size) in
            [(0, 4, 3, 4), (5, 4, 1, 4), (usize::MAX, 4, 1, 4), (0, usize::MAX, 3, 4), (0, 4, 0, 4), (0, 2, 2, 4)]
        {
            assert_eq!(strided(&bytes, offset, stride, count, size), None, "{offset} {stride} {count} {size}");
        }
    }

    #[test]
    fn numbers_are_little_endian() {
        assert_eq!((unsigned(&[7]), unsigned(&[1, 2]), unsigned(&[0, 0, 128, 63])), (7, 0x201, 1.0_f32.to_bits()));
    }
}
