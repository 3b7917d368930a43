//! What columns of a catalogue are called. Pure.

/// What a column can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Sku,
    Title,
    Brand,
    Category,
    Description,
    Price,
    /// What a piece costs the seller.
    Cost,
    Currency,
    Stock,
    Barcode,
    Aliases,
    /// What the variants of one product have in common.
    VariantOf,
    /// What this one is called; a shop's export has up to three columns.
    Option,
    SecondOption,
    ThirdOption,
    Images,
    /// All variants of a product in one cell, as Taobao packs them.
    Packed,
    /// What the values in there are called: the shop's names, and the seller's own.
    OptionNames,
    CustomNames,
}

/// Names of columns, folded: our own, and those of shop exports (Shopify, Taobao, spreadsheets kept by hand).
pub(super) const NAMES: &[(Field, &[&str])] = &[
    (
        Field::Sku,
        &[
            "sku",
            "variant sku",
            "article",
            "item code",
            "货号",
            "商品货号",
            "商品编码",
            "商品编号",
            "商家编码",
            "编码",
            "编号",
            "款号",
            "sku编码",
        ],
    ),
    (
        Field::Title,
        &[
            "title",
            "name",
            "product",
            "product name",
            "商品名",
            "商品名称",
            "名称",
            "品名",
            "标题",
            "商品标题",
            "宝贝标题",
            "宝贝名称",
        ],
    ),
    (Field::Brand, &["brand", "vendor", "品牌"]),
    (
        Field::Category,
        &[
            "category",
            "type",
            "product type",
            "product category",
            "类目",
            "分类",
            "类别",
            "品类",
            "商品类目",
            "商品分类",
            "宝贝类目",
        ],
    ),
    (
        Field::Description,
        &["description", "body (html)", "描述", "简介", "说明", "商品描述", "宝贝描述", "详情", "卖点"],
    ),
    (Field::Price, &["price", "variant price", "unit price", "价格", "售价", "单价", "商品价格", "宝贝价格", "零售价"]),
    (Field::Cost, &["cost", "cost price", "cost per item", "unit cost", "成本", "成本价", "进价", "进货价", "采购价"]),
    (Field::Currency, &["currency", "币种", "货币"]),
    (
        Field::Stock,
        &[
            "stock",
            "quantity",
            "qty",
            "on hand",
            "variant inventory qty",
            "inventory",
            "库存",
            "数量",
            "库存数量",
            "商品库存",
            "宝贝数量",
        ],
    ),
    (Field::Barcode, &["barcode", "ean", "upc", "gtin", "variant barcode", "条码", "条形码", "商品条码", "商品条形码"]),
    (Field::Aliases, &["aliases", "alias", "tags", "别名", "又名", "关键词"]),
    (Field::VariantOf, &["variant of", "handle", "parent sku", "parent", "spu", "spu编码", "父商品", "父商品编码"]),
    (Field::Option, &["option", "variant", "option1 value", "规格", "规格名称", "销售属性", "颜色", "颜色分类"]),
    (Field::SecondOption, &["option2 value", "尺码", "尺寸"]),
    (Field::ThirdOption, &["option3 value"]),
    (
        Field::Images,
        &["images", "image", "photos", "photo", "pictures", "图片", "照片", "商品图片", "宝贝图片", "主图"],
    ),
    (Field::Packed, &["销售属性组合"]),
    (Field::OptionNames, &["销售属性别名"]),
    (Field::CustomNames, &["自定义属性值"]),
];
