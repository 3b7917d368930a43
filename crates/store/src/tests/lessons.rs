//! What corrections taught.

use crate::{LESSON_DAYS, LESSONS_PER_PRODUCT, NewLesson, StoreError, testing::*};
use hawker_domain::{LessonId, Sku};
use uuid::Uuid;

fn lesson<'a>(sku: &'a Sku, is_it: bool, crop: Option<&'a [u8]>, vector: &'a [u8]) -> NewLesson<'a> {
    NewLesson { sku, variants: &[], is_it, crop, model_id: "m1", vector, made_at_us: now_us() }
}

#[tokio::test]
async fn a_lesson_about_all_variants_of_a_product_is_one_lesson_and_counts_for_each_of_them() {
    let store = store().await;
    let [red, blue, gone] = ["RED", "BLUE", "GONE"].map(|text| Sku::new(text).unwrap());
    store.put_product(&product("RED", "Mug")).await.unwrap();
    store.put_product(&product("BLUE", "Mug")).await.unwrap();
    let variants = [red.clone(), blue.clone(), gone];
    let made_at_us = now_us() + 5_000;
    let no = NewLesson { variants: &variants, made_at_us, ..lesson(&red, false, None, &[7]) };
    let id = store.add_lesson(&no).await.unwrap();
    let listed = store.lessons().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0].sku, &listed[0].variants), (&red, &vec![blue.clone()]), "it says of what all it is");
    assert_eq!(listed[0].made_at_us, made_at_us, "as recognition counts it");
    let about = |vectors: Vec<crate::LessonVector>| vectors.into_iter().map(|one| one.sku).collect::<Vec<_>>();
    assert_eq!(about(store.lesson_vectors("m1").await.unwrap()), [blue.clone(), red]);
    assert_eq!(about(store.lesson_vectors_of(&blue, "m1").await.unwrap()), std::slice::from_ref(&blue));
    store.remove_lesson(id).await.unwrap();
    assert_eq!(store.lesson_vectors_of(&blue, "m1").await.unwrap(), [], "it is taken back as a whole");
}

#[tokio::test]
async fn a_lesson_about_several_variants_outlives_each_of_them_but_the_last() {
    let store = store().await;
    let [red, blue, green] = ["RED", "BLUE", "GREEN"].map(|text| Sku::new(text).unwrap());
    for name in ["RED", "BLUE", "GREEN"] {
        store.put_product(&product(name, "Mug")).await.unwrap();
    }
    let variants = [red.clone(), blue.clone(), green.clone()];
    let no = NewLesson { variants: &variants, ..lesson(&red, false, None, &[7]) };
    let id = store.add_lesson(&no).await.unwrap();
    let left = async || -> Vec<(LessonId, Sku, Vec<Sku>)> {
        store.lessons().await.unwrap().into_iter().map(|one| (one.id, one.sku, one.variants)).collect()
    };
    store.remove_product(&red).await.unwrap();
    assert_eq!(left().await, [(id, blue.clone(), vec![green.clone()])]);
    let about: Vec<Sku> = store.lesson_vectors("m1").await.unwrap().into_iter().map(|one| one.sku).collect();
    assert_eq!(about, [blue.clone(), green.clone()], "once for each");
    store.remove_product(&green).await.unwrap();
    assert_eq!(left().await, [(id, blue.clone(), vec![])]);
    store.remove_product(&blue).await.unwrap();
    assert_eq!(left().await, []);
}

#[tokio::test]
async fn what_was_taught_of_one_variant_outlives_any_number_of_noes_to_all_of_them_and_the_other_way_round() {
    let store = store().await;
    let [red, blue] = ["RED", "BLUE"].map(|text| Sku::new(text).unwrap());
    store.put_product(&product("RED", "Mug")).await.unwrap();
    store.put_product(&product("BLUE", "Mug")).await.unwrap();
    let variants = [red.clone(), blue.clone()];
    for (n, first) in [(0, true), (1, false)] {
        store.remove_all_lessons().await.unwrap();
        for several in [first].into_iter().chain([!first; LESSONS_PER_PRODUCT as usize + 1]) {
            let variants = if several { &variants[..] } else { &[] };
            store.add_lesson(&NewLesson { variants, ..lesson(&red, !several, None, &[n]) }).await.unwrap();
        }
        let kept = store.lessons().await.unwrap();
        let counted = |several: bool| kept.iter().filter(|one| one.variants.is_empty() != several).count();
        assert_eq!((counted(first), counted(!first)), (1, LESSONS_PER_PRODUCT as usize));
    }
}

#[tokio::test]
async fn a_lesson_is_kept_listed_learned_anew_by_another_model_and_taken_back() {
    let store = store().await;
    let sku = Sku::new("A").unwrap();
    store.put_product(&product("A", "Tea")).await.unwrap();
    let first = store.add_lesson(&lesson(&sku, true, Some(b"jpeg"), &[1])).await.unwrap();
    let second = store.add_lesson(&lesson(&sku, false, None, &[2])).await.unwrap();
    let listed: Vec<_> =
        store.lessons().await.unwrap().into_iter().map(|one| (one.id, one.is_it, one.has_crop)).collect();
    assert_eq!(listed, [(second, false, false), (first, true, true)]);
    let vectors = store.lesson_vectors("m1").await.unwrap();
    assert_eq!(vectors.iter().map(|one| (one.is_it, one.vector[0])).collect::<Vec<_>>(), [(true, 1), (false, 2)]);
    let listed: Vec<i64> = store.lessons().await.unwrap().iter().rev().map(|one| one.made_at_us).collect();
    assert_eq!(vectors.iter().map(|one| one.made_at_us).collect::<Vec<_>>(), listed);

    assert_eq!(store.lessons_without_vector("m1").await.unwrap(), []);
    assert_eq!(store.lessons_without_vector("m2").await.unwrap(), [first], "the other has no picture");
    assert_eq!(store.lesson_crop(first).await.unwrap(), b"jpeg");
    assert!(matches!(store.lesson_crop(second).await, Err(StoreError::NotFound(_))));
    store.put_lesson_vector(first, "m2", &[9]).await.unwrap();
    assert_eq!(store.lesson_vectors("m2").await.unwrap().len(), 1);

    store.remove_lesson(first).await.unwrap();
    assert!(matches!(store.remove_lesson(first).await, Err(StoreError::NotFound(_))));
    assert!(matches!(store.put_lesson_vector(first, "m2", &[9]).await, Err(StoreError::NotFound(_))));
    assert_eq!(store.lesson_vectors("m2").await.unwrap(), []);
    assert_eq!(store.remove_all_lessons().await.unwrap(), 1);
    assert_eq!(store.lessons().await.unwrap(), []);
}

#[tokio::test]
async fn lessons_go_with_their_product_with_time_and_when_they_are_too_many() {
    let store = store().await;
    let (a, b) = (Sku::new("A").unwrap(), Sku::new("B").unwrap());
    assert!(matches!(store.add_lesson(&lesson(&a, true, None, &[0])).await, Err(StoreError::NotFound(_))));
    store.put_product(&product("A", "Tea")).await.unwrap();
    store.put_product(&product("B", "Coffee")).await.unwrap();
    for n in 0..=LESSONS_PER_PRODUCT as u8 {
        store.add_lesson(&lesson(&a, true, None, &[n])).await.unwrap();
    }
    store.add_lesson(&lesson(&b, true, None, &[200])).await.unwrap();
    let kept: Vec<u8> = store.lesson_vectors("m1").await.unwrap().iter().map(|one| one.vector[0]).collect();
    assert_eq!(kept, (1..=LESSONS_PER_PRODUCT as u8).chain([200]).collect::<Vec<_>>(), "the first is gone");

    let old = now_us() - (LESSON_DAYS + 1) * 86_400_000_000;
    sqlx::query("UPDATE lesson SET made_at_us = ? WHERE sku = 'A'").bind(old).execute(&store.writer).await.unwrap();
    assert_eq!(store.lessons().await.unwrap().len(), 1, "what is too old is not shown, nor used");
    assert_eq!(store.lesson_vectors("m1").await.unwrap().len(), 1);
    store.forget_old_lessons().await.unwrap();
    store.add_lesson(&lesson(&b, false, None, &[201])).await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM lesson").fetch_one(&store.reader).await.unwrap();
    assert_eq!(left, 2, "and is erased");

    store.remove_product(&b).await.unwrap();
    assert_eq!(store.lessons().await.unwrap(), []);
    assert!(matches!(store.remove_lesson(LessonId(Uuid::now_v7())).await, Err(StoreError::NotFound(_))));
}
